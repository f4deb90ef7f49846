"""One bad event costs its own message alone, and is not retried for hours for nothing."""

import asyncio
import json
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from aws_lambda_powertools.utilities.idempotency.exceptions import IdempotencyAlreadyInProgressError
from botocore.exceptions import ClientError

from tests.contract.hooks import answer_in_parts
from tests.unit.examples import CONTEXT, batch, event
from tests.unit.handler_env import HandlerEnv
from tests.unit.output import Output
from webhooks.aws import clients
from webhooks.aws.once import Once
from webhooks.aws.once_table import run_id, trouble_id
from webhooks.event import AcceptedEvent, EventKey
from webhooks.handlers import CreateOrderEvent, DeadLetter, RetryLater, handler, save_record
from webhooks.policy import BOOKKEEPING_MARGIN, SCHEDULE


def order(number: int, **fields: object) -> AcceptedEvent:
    body = json.dumps({"OrderNumber": number} | fields)
    return event(body, EventKey(f"m-{number}", "acme", "CreateOrderEvent"), queue="CustomEvent")


class Unprintable(Exception):
    """An error without a text."""

    def __str__(self) -> str:
        raise RuntimeError("no text")

    __repr__ = __str__


class NoSuchCustomer(DeadLetter):
    """A client's own, which does not call the constructor of its base."""

    def __init__(self, customer: int) -> None:
        self.customer = customer


class ErpIsDown(RetryLater):
    """Likewise."""

    def __init__(self) -> None:
        """Say nothing of seconds."""


def raising(error: BaseException) -> Callable[[CreateOrderEvent], None]:
    def handle(event: CreateOrderEvent) -> None:
        if event.order_number == 1:
            raise error

    return handle


@pytest.mark.parametrize(
    "error",
    [asyncio.CancelledError(), SystemExit(1), KeyboardInterrupt(), GeneratorExit(), Unprintable(), RetryLater(2.0)],
    ids=lambda error: type(error).__name__,
)
def test_whatever_leaves_a_handler_fails_its_message_alone(handler_env: HandlerEnv, error: BaseException) -> None:
    handler_env.accept(order(1), order(2))
    answer = handler(CreateOrderEvent)(raising(error))(handler_env.batch(), CONTEXT)
    assert len(answer["batchItemFailures"]) == 1
    (item,) = [item for item in handler_env.trouble() if item["message_id"] == {"S": "m-1"}]
    assert item["failures"] == {"N": "1"}
    runs = [item["status"]["S"] for item in handler_env.runs()]
    assert runs == ["COMPLETED"]


def test_a_subclass_of_dead_letter_gives_up(handler_env: HandlerEnv) -> None:
    handler_env.accept(order(1))
    answer = handler(CreateOrderEvent)(raising(NoSuchCustomer(5)))(handler_env.batch(), CONTEXT)
    assert answer == {"batchItemFailures": []}
    ((_, attributes),) = handler_env.dead_letters()
    assert attributes["Reason"] == "NoSuchCustomer"


def test_a_clients_own_retry_follows_the_schedule(handler_env: HandlerEnv, output: Output) -> None:
    handler_env.accept(order(1))
    handler(CreateOrderEvent)(raising(ErpIsDown()))(handler_env.batch(), CONTEXT)
    assert [line.get("again_in_seconds") for line in output.lines()] == [SCHEDULE[0]]


@pytest.mark.parametrize("seconds", [2.0, 2.9, 0, -5, 1e9])
def test_a_delay_may_be_any_number(handler_env: HandlerEnv, seconds: float) -> None:
    handler_env.accept(order(1))
    handler(CreateOrderEvent)(raising(RetryLater(seconds)))(handler_env.batch(), CONTEXT)
    assert handler_env.left() == 1


def test_a_delay_that_fails_is_logged(handler_env: HandlerEnv, output: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    handler_env.accept(order(1))
    records = handler_env.batch()

    def refuse(**_: object) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied"}}, "ChangeMessageVisibility")

    monkeypatch.setattr(clients.sqs(), "change_message_visibility", refuse)
    handler(CreateOrderEvent)(raising(ValueError()))(records, CONTEXT)
    assert ("not delayed", "AccessDenied") in [(line["message"], line.get("cause")) for line in output.lines()]


class Clock:
    """A Lambda context in which each run takes a while."""

    def __init__(self, seconds: float) -> None:
        self.left = seconds * 1000
        self.aws_request_id = "request"

    def get_remaining_time_in_millis(self) -> float:
        return self.left


def test_no_healthy_run_is_killed(handler_env: HandlerEnv) -> None:
    killed: list[int] = []

    @handler(CreateOrderEvent)
    def handle(event: CreateOrderEvent) -> None:
        clock.left -= 12_000
        if clock.left < 0:
            killed.append(event.order_number)

    handler_env.accept(*(order(number) for number in range(10)))
    for _ in range(20):
        records = handler_env.batch()
        clock = Clock(30)
        failed = {each["itemIdentifier"] for each in handle(records, clock)["batchItemFailures"]}
        for record in records["Records"]:
            if record["messageId"] not in failed:
                clients.sqs().delete_message(QueueUrl=handler_env.queue_url, ReceiptHandle=record["receiptHandle"])
    assert (killed, handler_env.left()) == ([], 0)


def _lock(*numbers: int, expires: float = 1) -> None:
    """Leave a lock in the table of runs: by default one that has expired, as a dead process leaves it."""
    for number in numbers:
        key = f"CreateOrderEvent#{run_id(str(order(number).key))}"
        clients.dynamodb().put_item(
            TableName="OnceTable",
            Item={
                "id": {"S": key},
                "status": {"S": "INPROGRESS"},
                "expiration": {"N": "99999999999"},
                "in_progress_expiration": {"N": str(int(expires * 1000))},
            },
        )


def _received(count: int, *events: AcceptedEvent) -> dict[str, Any]:
    records = batch(*events)
    for record in records["Records"]:
        record["attributes"]["ApproximateReceiveCount"] = str(count)
    return records


def test_a_message_after_a_death_runs_alone(handler_env: HandlerEnv) -> None:
    ran: list[int] = []
    left_on_queue: list[int] = []

    @handler(CreateOrderEvent)
    def handle(event: CreateOrderEvent) -> None:
        ran.append(event.order_number)
        left_on_queue.append(handler_env.left())

    handler_env.accept(*(order(number) for number in range(1, 6)))
    _lock(1, 2)
    records = handler_env.batch()
    for record in records["Records"]:
        record["attributes"]["ApproximateReceiveCount"] = "2"
    answer = handle(records, CONTEXT)
    assert ran == [3, 4, 5, 1]
    assert left_on_queue[-1] == 2, "its neighbours were off the queue before it began"
    assert len(answer["batchItemFailures"]) == 1


def test_the_last_death_makes_a_dead_letter(handler_env: HandlerEnv) -> None:
    handle = handler(CreateOrderEvent)(lambda _: None)
    handler_env.accept(order(1))
    (record,) = handler_env.batch()["Records"]
    record["attributes"]["ApproximateReceiveCount"] = "2"
    for death in range(1, 4):
        _lock(1)
        if death < 3:
            failures = boto3.client("dynamodb")
            failures.update_item(
                TableName="OnceTable",
                Key={"id": {"S": trouble_id("CreateOrderEvent", order(1).key)}},
                UpdateExpression="ADD deaths :one",
                ExpressionAttributeValues={":one": {"N": "1"}},
            )
    assert handle({"Records": [record]}, CONTEXT) == {"batchItemFailures": []}
    ((_, attributes),) = handler_env.dead_letters()
    assert attributes["Reason"] == "its handler died without a word, 3 times"


def test_a_death_is_counted_when_a_run_begins(handler_env: HandlerEnv) -> None:
    handler_env.accept(order(1))
    _lock(1)
    for left in (1000, 1000, 1000, 30_000):
        context = SimpleNamespace(aws_request_id="r", get_remaining_time_in_millis=lambda left=left: left)
        handler(CreateOrderEvent)(lambda _: None)(_received(2, order(1)), context)
    (item,) = handler_env.trouble()
    assert item["deaths"] == {"N": "1"}


def test_a_death_during_validation_leaves_a_trace(handler_env: HandlerEnv, monkeypatch: pytest.MonkeyPatch) -> None:
    traces: list[str] = []

    def read(_: object) -> CreateOrderEvent:
        traces.extend(item["status"]["S"] for item in handler_env.runs())
        raise MemoryError

    handler_env.accept(order(1))
    monkeypatch.setattr(CreateOrderEvent, "from_accepted", read)
    handler(CreateOrderEvent)(lambda _: None)(handler_env.batch(), CONTEXT)
    assert traces == ["INPROGRESS"]


def test_a_run_in_progress_is_no_death(handler_env: HandlerEnv, output: Output) -> None:
    deferred: list[dict[str, Any]] = []

    @handler(CreateOrderEvent)
    def handle(_: CreateOrderEvent) -> None:
        deferred.append(handle(_received(2, order(1)), CONTEXT))

    handler_env.accept(order(1))
    handle(handler_env.batch(), CONTEXT)
    assert deferred == [{"batchItemFailures": [{"itemIdentifier": "sqs-0"}]}]
    assert "another run of this event is in progress" in [line.get("reason") for line in output.lines()]
    assert handler_env.trouble() == []


def test_locks_that_have_not_expired_are_no_deaths(handler_env: HandlerEnv, output: Output) -> None:
    handler_env.accept(order(1), order(2))
    _lock(1, 2, expires=time.time() + 30)
    handler(CreateOrderEvent)(lambda _: None)(_received(2, order(1), order(2)), CONTEXT)
    reasons = [line["reason"] for line in output.lines() if line["message"] == "deferred"]
    assert reasons == ["another run of this event is in progress"] * 2


def test_a_deferral_is_logged_with_its_ids(handler_env: HandlerEnv, output: Output) -> None:
    handler_env.accept(order(1), order(2))
    _lock(1, 2)
    handler(CreateOrderEvent)(lambda _: None)(_received(2, order(1), order(2)), CONTEXT)
    assert [(line["message_id"], line["message"]) for line in output.lines() if "message_id" in line] == [
        ("m-2", "deferred"),
        ("m-2", "not delayed"),
        ("m-1", "handled"),
    ]


def test_deaths_that_dynamodb_leaves_out_are_found_later(handler_env: HandlerEnv) -> None:
    ran: list[int] = []
    handler_env.accept(order(1), order(2))
    _lock(1, 2)
    answer_in_parts(clients.dynamodb(), "OnceTable", 1)
    handler(CreateOrderEvent)(lambda event: ran.append(event.order_number))(_received(2, order(1), order(2)), CONTEXT)
    assert sorted(ran) == [1, 2]
    assert [item["deaths"]["N"] for item in handler_env.trouble()] == ["1"]


def test_without_the_runs_no_death_is_found(
    handler_env: HandlerEnv, monkeypatch: pytest.MonkeyPatch, output: Output
) -> None:
    handler_env.accept(order(1))
    Flaky(monkeypatch, "batch_get_item", 1)
    assert handler(CreateOrderEvent)(lambda _: None)(_received(2, order(1)), CONTEXT) == {"batchItemFailures": []}
    assert [(line["message"], line.get("cause")) for line in output.lines()] == [
        ("deaths not looked up", "ThrottlingException"),
        ("handled", None),
    ]


@pytest.mark.usefixtures("handler_env")
def test_no_more_keys_are_looked_up_than_possible() -> None:
    _lock(1)
    once = Once(clients.dynamodb(), "OnceTable", timedelta(days=1), "CreateOrderEvent")
    keys = [str(order(number).key) for number in range(1, 151)]
    assert once.look_up(keys) == ({keys[0]}, set())


# ---- what is logged


def _deep(depth: int, fail: Callable[[], object] = lambda: json.loads("{")) -> None:
    fail() if depth == 0 else _deeper(depth, fail)


def _deeper(depth: int, fail: Callable[[], object]) -> None:
    """Takes turns with `_deep`: a frame that repeats is formatted in short."""
    _deep(depth - 1, fail)


class _Elsewhere:
    """Calls back from a file of its own, as a library does."""

    @staticmethod
    def fails(depth: int) -> None:
        code = "def fails(depth):\n    again(depth) if depth else 1 / 0\ndef again(depth):\n    fails(depth - 1)\n"
        names: dict[str, Any] = {}
        exec(compile(code, "a-library.py", "exec"), names)  # noqa: S102 - our own text
        names["fails"](depth)


@pytest.mark.parametrize(
    ("fail", "error"),
    [
        (lambda: _deep(100), "JSONDecodeError"),
        (lambda: _Elsewhere.fails(100), "ZeroDivisionError"),
        (lambda: _deep(100, lambda: _Elsewhere.fails(100)), "ZeroDivisionError"),
        (lambda: sys.exit(1), "SystemExit"),
        (lambda: _Elsewhere.fails(100_000), "RecursionError"),
    ],
    ids=["deep", "in a library", "deep in both", "exit", "recursion"],
)
@pytest.mark.parametrize("idempotent", [True, False])
def test_the_logged_stack_has_the_handlers_frame(
    handler_env: HandlerEnv, output: Output, fail: Callable[[], None], error: str, idempotent: bool
) -> None:
    @handler(CreateOrderEvent, idempotent=idempotent)
    def handle(_: CreateOrderEvent) -> None:
        fail()

    handler_env.accept(order(1))
    handle(handler_env.batch(), CONTEXT)
    (line,) = [line for line in output.lines() if line["message"] == "failed"]
    assert line["error"] == error
    assert any(f'"{__file__}"' in frame and "in handle\n" in frame for frame in line["stack"])
    assert len(line["stack"]) <= 11


# ---- bookkeeping


class Flaky:
    """Lets a call of DynamoDB fail some times."""

    def __init__(self, patch: pytest.MonkeyPatch, operation: str, times: int, only: str = "") -> None:
        self.left = times
        call = getattr(clients.dynamodb(), operation)

        def flaky(**request: Any) -> Any:
            if self.left and only in json.dumps(request, default=str):
                self.left -= 1
                raise ClientError({"Error": {"Code": "ThrottlingException"}}, operation)
            return call(**request)

        patch.setattr(clients.dynamodb(), operation, flaky)


def test_the_mark_of_a_run_is_tried_again(handler_env: HandlerEnv, monkeypatch: pytest.MonkeyPatch) -> None:
    handler_env.accept(order(1))
    Flaky(monkeypatch, "update_item", 2, only="OnceTable")
    assert handler(CreateOrderEvent)(lambda _: None)(handler_env.batch(), CONTEXT) == {"batchItemFailures": []}
    assert [item["status"]["S"] for item in handler_env.runs()] == ["COMPLETED"]


def test_an_unmarked_run_is_no_failure(
    handler_env: HandlerEnv, monkeypatch: pytest.MonkeyPatch, output: Output
) -> None:
    handler_env.accept(order(1))
    Flaky(monkeypatch, "update_item", 1000, only="OnceTable")
    assert handler(CreateOrderEvent)(lambda _: None)(handler_env.batch(), CONTEXT) == {"batchItemFailures": []}
    messages = [line["message"] for line in output.lines()]
    assert "handled, but not recorded" in messages
    assert "failed" not in messages
    assert handler_env.trouble() == []


@pytest.mark.parametrize(("left", "pauses"), [(30_000, [0, 0.1, 0.5, 2]), (BOOKKEEPING_MARGIN * 1000, [0]), (4000, [])])
def test_a_mark_is_tried_while_time_lasts(
    handler_env: HandlerEnv, monkeypatch: pytest.MonkeyPatch, left: int, pauses: list[float]
) -> None:
    slept: list[float] = []
    clock = Clock(30)
    monkeypatch.setattr("time.sleep", slept.append)
    handler_env.accept(order(1))
    Flaky(monkeypatch, "update_item", 1000, only="OnceTable")
    handler(CreateOrderEvent)(lambda _: setattr(clock, "left", left))(handler_env.batch(), clock)
    assert slept == pauses


def test_an_unobtainable_lock_is_no_failure(
    handler_env: HandlerEnv, monkeypatch: pytest.MonkeyPatch, output: Output
) -> None:
    handler_env.accept(order(1))
    Flaky(monkeypatch, "put_item", 1000, only="OnceTable")
    ran: list[int] = []
    answer = handler(CreateOrderEvent)(lambda event: ran.append(event.order_number))(handler_env.batch(), CONTEXT)
    assert len(answer["batchItemFailures"]) == 1
    assert not ran
    assert [line["message"] for line in output.lines()] == ["deferred"]
    assert handler_env.trouble() == []


def test_a_handlers_own_idempotency_error_is_a_failure(handler_env: HandlerEnv) -> None:
    handler_env.accept(order(1))
    handler(CreateOrderEvent)(raising(IdempotencyAlreadyInProgressError()))(handler_env.batch(), CONTEXT)
    assert handler_env.trouble()[0]["failures"] == {"N": "1"}


def test_an_unreleased_lock_hides_no_error(
    handler_env: HandlerEnv, monkeypatch: pytest.MonkeyPatch, output: Output
) -> None:
    handler_env.accept(order(1))
    Flaky(monkeypatch, "delete_item", 1000, only="OnceTable")
    handler(CreateOrderEvent)(raising(ZeroDivisionError()))(handler_env.batch(), CONTEXT)
    (line,) = [line for line in output.lines() if line["message"] == "failed"]
    assert line["error"] == "ZeroDivisionError"


# ---- what AWS never takes


@pytest.mark.parametrize(("pk", "sk"), [("x" * 2049, "ORDER"), ("ORDER#1", "x" * 1025)])
def test_an_impossible_record_is_a_dead_letter(handler_env: HandlerEnv, pk: str, sk: str) -> None:
    handler_env.accept(order(1))
    handle = handler(CreateOrderEvent)(lambda event: save_record(event, pk, sk))
    assert handle(handler_env.batch(), CONTEXT) == {"batchItemFailures": []}
    ((_, attributes),) = handler_env.dead_letters()
    assert attributes["Reason"].startswith("DynamoDB does not accept the record")


def test_a_record_aws_refuses_is_a_dead_letter(handler_env: HandlerEnv, monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as one with names of more than 64 KB, which moto takes."""

    def refuse(**_: object) -> None:
        raise ClientError({"Error": {"Code": "ValidationException"}}, "PutItem")

    @handler(CreateOrderEvent)
    def handle(event: CreateOrderEvent) -> None:
        monkeypatch.setattr(clients.dynamodb(), "put_item", refuse)
        save_record(event)

    handler_env.accept(order(1, **{"x" * 70_000: 1}))
    assert handle(handler_env.batch(), CONTEXT) == {"batchItemFailures": []}
    assert len(handler_env.dead_letters()) == 1


def test_too_large_a_record_is_a_dead_letter(handler_env: HandlerEnv) -> None:
    handler_env.accept(order(1))
    handle = handler(CreateOrderEvent)(lambda event: save_record(event, Note="x" * 450_000))
    assert handle(handler_env.batch(), CONTEXT) == {"batchItemFailures": []}
    ((_, attributes),) = handler_env.dead_letters()
    assert attributes["Reason"].startswith("DynamoDB does not accept the record")
