"""What every handler gets from the layer: one call per event, and failures that stay with their own message."""

import json
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine

from tests.contract.account import aws
from tests.unit.examples import CONTEXT, batch, event, message
from tests.unit.output import Output
from tests.unit.workplace import Workplace
from webhooks.aws.handler import handler
from webhooks.aws.store import S3Store
from webhooks.event import AcceptedEvent, EventKey
from webhooks.events.orders import CreateOrderEvent

pytestmark = pytest.mark.usefixtures("workplace")

MARK = "zoe-the-secret"
"""Stands in all that must not be logged."""


class _Broken(Exception):
    pass


@handler(CreateOrderEvent)
def _fails_on_odd_numbers(event: CreateOrderEvent) -> None:
    """The handler of a user."""
    if event.order_number % 2:
        raise _Broken(f"order of {event.order_status}")


def _order(number: object, **fields: object) -> AcceptedEvent:
    body = json.dumps({"OrderNumber": number, "OrderStatus": MARK} | fields)
    return message(body, EventKey(f"m-{number}", "acme", "CreateOrderEvent"))


def _failures(*sqs_ids: str) -> dict[str, list[dict[str, str]]]:
    return {"batchItemFailures": [{"itemIdentifier": sqs_id} for sqs_id in sqs_ids]}


def test_each_event_is_handled_once_in_order() -> None:
    handled = []

    @handler(CreateOrderEvent)
    def handle(event: CreateOrderEvent) -> None:
        handled.append((event.order_number, event.accepted.key.message_id))

    assert handle(batch(_order(2), _order(4)), CONTEXT) == _failures()
    assert handled == [(2, "m-2"), (4, "m-4")]


@pytest.mark.parametrize(
    ("numbers", "failed"),
    [
        ([2, 4, 6], []),
        ([2, 3, 4], ["sqs-1"]),
        ([1, 2, 3], ["sqs-0", "sqs-2"]),
        ([1, 3, 5], ["sqs-0", "sqs-1", "sqs-2"]),
        ([2, "x", 3], ["sqs-2"]),
        ([2, None, 4], []),
    ],
)
def test_only_the_messages_that_are_to_be_tried_again_stay_on_the_queue(
    numbers: list[object], failed: list[str]
) -> None:
    assert _fails_on_odd_numbers(batch(*map(_order, numbers)), CONTEXT) == _failures(*failed)


def test_an_invocation_remembers_nothing_of_the_one_before() -> None:
    assert _fails_on_odd_numbers(batch(_order(1)), CONTEXT) == _failures("sqs-0")
    assert _fails_on_odd_numbers(batch(_order(2)), CONTEXT) == _failures()


def test_a_message_that_is_no_json_is_given_up_at_once_and_alone(workplace: Workplace) -> None:
    told = batch(_order(2), _order(4), _order(6))
    told["Records"][1]["body"] = f"{{{MARK}"
    assert _fails_on_odd_numbers(told, CONTEXT) == _failures()
    ((_, attributes),) = workplace.dead_letters()
    assert attributes["Reason"].startswith("does not fit its model: not JSON: ")


def test_a_validation_error_of_the_users_own_code_is_a_failure_like_any_other(workplace: Workplace) -> None:
    """Only a body that does not fit its own model is beyond a second try."""

    @handler(CreateOrderEvent)
    def handle(_: CreateOrderEvent) -> None:
        CreateOrderEvent.model_validate({})

    assert handle(batch(_order(2)), CONTEXT) == _failures("sqs-0")
    assert workplace.dead_letters() == []


def test_a_name_with_a_lone_surrogate_does_not_keep_an_event_from_its_handler() -> None:
    names: list[str] = []

    @handler(CreateOrderEvent)
    def handle(event: CreateOrderEvent) -> None:
        names.extend(event.model_extra or {})

    assert handle(batch(message('{"OrderNumber":1,"\\ud800":1}')), CONTEXT) == _failures()
    assert names == ["\\ud800"]


def test_a_body_that_is_stored_aside_is_handed_over_whole(workplace: Workplace) -> None:
    handled = []

    @handler(CreateOrderEvent)
    def handle(event: CreateOrderEvent) -> None:
        handled.append((event.accepted.body, (event.model_extra or {})["Note"]))

    body = json.dumps({"OrderNumber": 1, "Note": "☕" * 100_000}, ensure_ascii=False)
    reference = S3Store(lambda: aws("s3"), workplace.bucket).store_body(body)
    assert handle(batch(message("", body_reference=reference)), CONTEXT) == _failures()
    assert handled == [(body, "☕" * 100_000)]


def test_a_body_that_cannot_be_fetched_is_a_failure_of_its_event(workplace: Workplace, output: Output) -> None:
    workplace.accept(event("", body_reference="bodies/gone"))
    workplace.work(_fails_on_odd_numbers)
    (item,) = workplace.items()
    assert (item["failures"], "NoSuchKey" in item["errors"]["L"][0]["M"]["error"]["S"]) == ({"N": "1"}, True)
    assert [line["message_id"] for line in output.lines()] == ["m-1"]


def test_a_function_near_its_time_out_takes_no_new_record_and_returns_the_rest_uncounted(
    workplace: Workplace, clock: time_machine.Traveller
) -> None:
    left = SimpleNamespace(milliseconds=30_000)
    context = SimpleNamespace(get_remaining_time_in_millis=lambda: left.milliseconds)
    handled = []

    @handler(CreateOrderEvent)
    def handle(event: CreateOrderEvent) -> None:
        handled.append(event.accepted.key.message_id)
        left.milliseconds = 5000 if len(handled) == 1 else 4999

    workplace.accept(*(event(key=EventKey(f"m-{number}", "acme", "CreateOrderEvent")) for number in range(4)))
    told = workplace.batch()
    rest = [record["messageId"] for record in told["Records"][2:]]
    assert handle(told, context) == _failures(*rest)
    assert handled == ["m-0", "m-1"]
    assert not [item for item in workplace.items() if "failures" in item]
    clock.shift(0.1)
    assert [record["messageId"] for record in workplace.batch()["Records"]] == rest


@pytest.mark.parametrize(
    ("told", "line"),
    [
        (_order(2), {"level": "INFO", "message": "handled"}),
        (_order(3), {"level": "WARNING", "message": "failed", "error": "_Broken", "again_in_seconds": 5}),
        (
            _order("x"),
            {
                "level": "ERROR",
                "message": "dead letter",
                "error": "ValidationError",
                "problems": ["OrderNumber: int_parsing"],
            },
        ),
    ],
)
def test_each_message_is_one_line_with_its_ids(output: Output, told: AcceptedEvent, line: dict[str, Any]) -> None:
    _fails_on_odd_numbers(batch(told), CONTEXT)
    (logged,) = output.lines()
    ids = {"sqs_message_id": "sqs-0", "message_id": told.key.message_id, "event_type": "CreateOrderEvent"}
    expected = line | ids | {"client_id": "acme", "correlation_id": str(told.key)}
    assert {name: logged.get(name) for name in expected} == expected


def test_a_failure_tells_where_and_not_what(output: Output) -> None:
    told = batch(_order(3), _order(4, OrderNumber=MARK), _order(5, OrderType=[MARK], OrderDateUtc=MARK), _order(2))
    told["Records"][3]["body"] = f"{{{MARK}"
    _fails_on_odd_numbers(told, CONTEXT)
    written = output.everything()
    assert (written.count('"failed"'), written.count('"dead letter"')) == (1, 3)
    assert "_fails_on_odd_numbers" in written
    assert MARK not in written


def test_the_ids_of_one_message_do_not_stay_for_the_next(output: Output) -> None:
    told = batch(_order(3), _order(2))
    told["Records"][1]["messageAttributes"] = {}
    _fails_on_odd_numbers(told, CONTEXT)
    last = output.lines()[-1]
    assert last["sqs_message_id"] == "sqs-1"
    assert "message_id" not in last
