"""One bad event costs its own message alone, and is not retried for hours for nothing."""

import asyncio
import json
import sys
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.unit.examples import CONTEXT, Context, order
from tests.unit.handler_env import HandlerEnv
from tests.unit.output import Output
from webhooks.aws import clients
from webhooks.handlers import CreateOrderEvent, DeadLetter, RetryLater, handler, save_record
from webhooks.policy import SCHEDULE


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


def test_no_healthy_run_is_killed(handler_env: HandlerEnv) -> None:
    killed: list[int] = []

    @handler(CreateOrderEvent)
    def handle(event: CreateOrderEvent) -> None:
        context.left -= 12_000
        if context.left < 0:
            killed.append(event.order_number)

    handler_env.accept(*(order(number) for number in range(10)))
    for _ in range(20):
        records = handler_env.batch()
        context = Context()
        failed = {each["itemIdentifier"] for each in handle(records, context)["batchItemFailures"]}
        for record in records["Records"]:
            if record["messageId"] not in failed:
                clients.sqs().delete_message(QueueUrl=handler_env.queue_url, ReceiptHandle=record["receiptHandle"])
    assert (killed, handler_env.left()) == ([], 0)


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

    handler_env.accept(order(1, json.dumps({"OrderNumber": 1, "x" * 70_000: 1})))
    assert handle(handler_env.batch(), CONTEXT) == {"batchItemFailures": []}
    assert len(handler_env.dead_letters()) == 1


def test_too_large_a_record_is_a_dead_letter(handler_env: HandlerEnv) -> None:
    handler_env.accept(order(1))
    handle = handler(CreateOrderEvent)(lambda event: save_record(event, Note="x" * 450_000))
    assert handle(handler_env.batch(), CONTEXT) == {"batchItemFailures": []}
    ((_, attributes),) = handler_env.dead_letters()
    assert attributes["Reason"].startswith("DynamoDB does not accept the record")
