"""What `@handler` adds to a function: one call per event, and failures that stay with their own message."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from botocore.exceptions import ClientError

from tests.contract.account import ACCOUNT, aws, forget
from tests.unit.examples import CONTEXT, Context, batch, event, order
from tests.unit.handler_env import HandlerEnv
from tests.unit.output import Output
from webhooks.aws import clients
from webhooks.aws.store import S3Store
from webhooks.dates import timestamp
from webhooks.event import AcceptedEvent
from webhooks.handlers import CreateOrderEvent, DeadLetter, handler
from webhooks.policy import HANDLER_MARGIN, INLINE_LIMIT, SCHEDULE

pytestmark = pytest.mark.usefixtures("handler_env")


class _Broken(Exception):
    pass


@handler(CreateOrderEvent)
def _fails_on_odd_numbers(order: CreateOrderEvent) -> None:
    if order.order_number % 2:
        raise _Broken


def _failures(*sqs_ids: str) -> dict[str, list[dict[str, str]]]:
    return {"batchItemFailures": [{"itemIdentifier": sqs_id} for sqs_id in sqs_ids]}


def _seen(*events: AcceptedEvent) -> list[CreateOrderEvent]:
    """The events as a handler gets them."""
    seen = []

    @handler(CreateOrderEvent)
    def handle(order: CreateOrderEvent) -> None:
        seen.append(order)

    assert handle(batch(*events), CONTEXT) == _failures()
    return seen


def test_events_arrive_typed_and_in_order() -> None:
    sent = [order(2, user="u-7"), order(4)]
    seen = _seen(*sent)
    assert [each.order_number for each in seen] == [2, 4]
    assert [each.accepted for each in seen] == sent
    assert seen[0].idempotency_key == "m-2 acme CreateOrderEvent"


@pytest.mark.parametrize(
    ("numbers", "failed"),
    [
        ([2, 4, 6], []),
        ([2, 3, 4], ["sqs-1"]),
        ([1, 2, 3], ["sqs-0", "sqs-2"]),
        ([2, '"x"', 3], ["sqs-2"]),
        ([2, "null", 4], []),
        ([2, "", 4], []),
    ],
)
def test_only_failed_messages_stay(numbers: list[Any], failed: list[str]) -> None:
    events = [order(number, f'{{"OrderNumber":{value}}}') for number, value in enumerate(numbers)]
    assert _fails_on_odd_numbers(batch(*events), CONTEXT) == _failures(*failed)
    assert _fails_on_odd_numbers(batch(order(100)), CONTEXT) == _failures()


def test_a_lone_surrogate_is_passed_on() -> None:
    (seen,) = _seen(event('{"OrderNumber":1,"\\ud800":1}'))
    assert list(seen.model_extra or {}) == ["\\ud800"]


def test_a_binary_attribute_is_ignored() -> None:
    sent = batch(order(2))
    sent["Records"][0]["messageAttributes"]["Photo"] = {"binaryValue": "bQ==", "dataType": "Binary"}
    assert _fails_on_odd_numbers(sent, CONTEXT) == _failures()


def test_a_large_body_is_passed_on_whole(handler_env: HandlerEnv) -> None:
    body = json.dumps({"OrderNumber": 1, "Note": "☕" * INLINE_LIMIT}, ensure_ascii=False)
    reference = S3Store(lambda: aws("s3"), handler_env.bucket, ACCOUNT).store_body(body)
    (seen,) = _seen(event("", body_reference=reference))
    assert seen.accepted.body == body


@pytest.mark.parametrize("denied", [False, True], ids=["missing", "denied"])
def test_an_expired_body_is_a_dead_letter(handler_env: HandlerEnv, *, denied: bool) -> None:
    """S3 denies access to what is missing, unless it finds that the role may list the bucket."""
    if denied:
        clients.s3().meta.events.register("provide-client-params.s3.GetObject", _deny)
    handler_env.accept(replace(event("", body_reference="bodies/gone"), received_at="2021-10-12T18:07:28Z"))
    handler_env.work(_fails_on_odd_numbers)
    (letter,) = handler_env.dead_letters()
    assert "large body is gone: S3 deletes bodies 35 days" in str(letter)


def test_a_body_that_is_denied_is_retried(handler_env: HandlerEnv) -> None:
    """A permission can come back."""
    clients.s3().meta.events.register("provide-client-params.s3.GetObject", _deny)
    handler_env.accept(replace(event("", body_reference="bodies/there"), received_at=timestamp(datetime.now(UTC))))
    handler_env.work(_fails_on_odd_numbers)
    (item,) = handler_env.trouble()
    assert (item["failures"], "AccessDenied" in item["errors"]["L"][0]["M"]["error"]["S"]) == ({"N": "1"}, True)


def _deny(**_: Any) -> None:
    raise ClientError({"Error": {"Code": "AccessDenied", "Message": ""}}, "GetObject")


def test_another_models_validation_error_is_a_failure(handler_env: HandlerEnv) -> None:
    @handler(CreateOrderEvent)
    def handle(_: CreateOrderEvent) -> None:
        CreateOrderEvent.model_validate({})

    assert handle(batch(order(2)), CONTEXT) == _failures("sqs-0")
    assert handler_env.dead_letters() == []


def test_near_its_timeout_a_function_begins_no_message(handler_env: HandlerEnv, clock: time_machine.Traveller) -> None:
    context = Context(HANDLER_MARGIN * 1000 + 4000)
    handled = []

    @handler(CreateOrderEvent)
    def handle(order: CreateOrderEvent) -> None:
        handled.append(order.order_number)
        context.left -= 2000

    handler_env.accept(*map(order, range(4)))
    records = handler_env.batch()["Records"]
    rest = [record["messageId"] for record in records[2:]]
    assert handle({"Records": records}, context) == _failures(*rest)
    assert handled == [0, 1]
    assert not [item for item in handler_env.trouble() if "failures" in item]
    clock.shift(0.1)
    assert [record["messageId"] for record in handler_env.batch()["Records"]] == rest


def test_a_new_process_has_seen_no_run() -> None:
    context = Context()

    @handler(CreateOrderEvent)
    def handle(order: CreateOrderEvent) -> None:
        context.left -= 20_000 if order.order_number == 1 else 0

    assert handle(batch(order(1), order(2)), context) == _failures("sqs-1")
    forget()
    context.left = 10_000
    assert handle(batch(order(2), order(3)), context) == _failures()


@pytest.mark.parametrize(
    ("sent", "line"),
    [
        (order(2), {"level": "INFO", "message": "handled"}),
        (order(3), {"level": "WARNING", "message": "failed", "error": "_Broken", "again_in_seconds": SCHEDULE[0]}),
        (
            order(4, '{"OrderNumber":"x"}'),
            {"level": "ERROR", "message": "dead letter", "problems": ["OrderNumber: value_error"]},
        ),
        (order(5, "x"), {"level": "ERROR", "problems": ["not JSON: Expecting value"]}),
    ],
)
def test_each_message_is_one_line_with_its_ids(output: Output, sent: AcceptedEvent, line: dict[str, Any]) -> None:
    _fails_on_odd_numbers(batch(sent), CONTEXT)
    (logged,) = (line for line in output.lines() if line["message"] != "not delayed")
    ids = {"sqs_message_id": "sqs-0", "message_id": sent.key.message_id, "event_type": "CreateOrderEvent"}
    assert logged.items() >= (line | ids | {"client_id": "acme", "correlation_id": str(sent.key)}).items()
    assert ("_fails_on_odd_numbers" in str(logged.get("stack"))) == (sent.key.message_id == "m-3")


def test_no_ids_stay_for_the_next_message(output: Output) -> None:
    sent = batch(order(3), order(2))
    sent["Records"][1]["messageAttributes"] = {}
    _fails_on_odd_numbers(sent, CONTEXT)
    last = output.lines()[-1]
    assert last["sqs_message_id"] == "sqs-1"
    assert "message_id" not in last


@pytest.mark.usefixtures("clock")
def test_a_batch_logs_its_delays_in_one_line(output: Output) -> None:
    times = {"received_at": "2026-11-24T11:59:58.5000000Z"}
    dates = {2: "2026-11-24T11:00:00.0000000Z", 4: "", 6: "yesterday", 8: "2026-11-25T00:00:00.0000000Z"}
    events = [order(number, event_date=date, **times) for number, date in dates.items()]
    for _ in range(2):
        _fails_on_odd_numbers(batch(*events, order(1)), CONTEXT)
    counted = {"SecondsFromEvent": [3600, 0], "SecondsFromReceipt": [1.5] * 4}
    assert [line for line in output.metrics("service=handlers") if "Failed" not in line] == [counted]


@pytest.mark.parametrize(
    ("per_type", "dimension"), [("false", "service=handlers"), ("true", "event_type=CreateOrderEvent")]
)
def test_failures_and_dead_letters_are_counted(
    output: Output, monkeypatch: pytest.MonkeyPatch, per_type: str, dimension: str
) -> None:
    monkeypatch.setenv("ALARMS_PER_TYPE", per_type)

    @handler(CreateOrderEvent)
    def handle(order: CreateOrderEvent) -> None:
        raise DeadLetter("no such order") if order.order_number else _Broken

    handle(batch(order(0), order(1)), CONTEXT)
    assert output.metrics(dimension) == [{"Failed": 1}, {"Failed": 1, "DeadLettered": 1}]


@pytest.mark.parametrize(("left", "slow"), [(6001, []), (5999, [{"Slow": 1}])])
def test_a_slow_invocation_is_counted_and_logged(output: Output, left: int, slow: list[dict[str, int]]) -> None:
    times = iter((30000, 30000, 30000, left))
    context = SimpleNamespace(aws_request_id="r-1", get_remaining_time_in_millis=lambda: next(times, left))

    @handler(CreateOrderEvent)
    def handle(_: CreateOrderEvent) -> None:
        return None

    handle(batch(order(2)), context)
    assert output.metrics("") == slow
    assert [line["milliseconds"] for line in output.lines() if line["message"] == "slow"] == [24001] * len(slow)
