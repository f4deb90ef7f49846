"""What every handler gets from the layer: one call per event, and failures that stay with their own message."""

import json

import pytest

from tests.unit.examples import CONTEXT, batch, message
from tests.unit.output import Output
from webhooks.aws.handler import handler
from webhooks.event import EventKey
from webhooks.events.orders import CreateOrderEvent
from webhooks.message import Message

MARK = "zoe-the-secret"
"""Stands in all that must not be logged."""


class _Broken(Exception):
    pass


@handler(CreateOrderEvent)
def _fails_on_odd_numbers(event: CreateOrderEvent) -> None:
    """The handler of a user."""
    if event.order_number % 2:
        raise _Broken(f"order of {event.order_status}")


def _order(number: object, **fields: object) -> Message:
    body = json.dumps({"OrderNumber": number, "OrderStatus": MARK} | fields)
    return message(body, EventKey(f"m-{number}", "acme", "CreateOrderEvent"))


def _failures(*sqs_ids: str) -> dict[str, list[dict[str, str]]]:
    return {"batchItemFailures": [{"itemIdentifier": sqs_id} for sqs_id in sqs_ids]}


def test_each_event_is_handled_once_in_order() -> None:
    handled = []

    @handler(CreateOrderEvent)
    def handle(event: CreateOrderEvent) -> None:
        handled.append((event.order_number, event.message.key.message_id))

    assert handle(batch(_order(2), _order(4)), CONTEXT) == _failures()
    assert handled == [(2, "m-2"), (4, "m-4")]


@pytest.mark.parametrize(
    ("numbers", "failed"),
    [
        ([2, 4, 6], []),
        ([2, 3, 4], ["sqs-1"]),
        ([1, 2, 3], ["sqs-0", "sqs-2"]),
        ([1, 3, 5], ["sqs-0", "sqs-1", "sqs-2"]),
        ([2, "x", 3], ["sqs-1", "sqs-2"]),
        ([2, None, 4], ["sqs-1"]),
    ],
)
def test_only_the_messages_that_failed_are_delivered_again(numbers: list[object], failed: list[str]) -> None:
    assert _fails_on_odd_numbers(batch(*map(_order, numbers)), CONTEXT) == _failures(*failed)


def test_an_invocation_remembers_nothing_of_the_one_before() -> None:
    assert _fails_on_odd_numbers(batch(_order(1)), CONTEXT) == _failures("sqs-0")
    assert _fails_on_odd_numbers(batch(_order(2)), CONTEXT) == _failures()


def test_a_message_that_is_none_of_ours_or_no_json_fails_alone() -> None:
    told = batch(_order(2), _order(4), _order(6))
    told["Records"][0]["messageAttributes"] = {}
    told["Records"][1]["body"] = f"{{{MARK}"
    assert _fails_on_odd_numbers(told, CONTEXT) == _failures("sqs-0", "sqs-1")


@pytest.mark.parametrize(
    ("told", "line"),
    [
        (_order(2), {"level": "INFO", "message": "handled"}),
        (_order(3), {"level": "ERROR", "message": "failed", "error": "_Broken"}),
        (
            _order("x"),
            {
                "level": "ERROR",
                "message": "failed",
                "error": "ValidationError",
                "problems": [
                    "OrderNumber: Input should be a valid integer, unable to parse string as an integer",
                ],
            },
        ),
    ],
)
def test_each_message_is_one_line_with_its_ids(output: Output, told: Message, line: dict[str, object]) -> None:
    _fails_on_odd_numbers(batch(told), CONTEXT)
    (logged,) = output.lines()
    ids = {"sqs_message_id": "sqs-0", "message_id": told.key.message_id, "event_type": "CreateOrderEvent"}
    expected = line | ids | {"client_id": "acme"}
    assert {name: logged.get(name) for name in expected} == expected


def test_a_failure_tells_where_and_not_what(output: Output) -> None:
    told = batch(_order(3), _order(4, OrderNumber=MARK), _order(5, OrderType=[MARK], OrderDateUtc=MARK), _order(2))
    told["Records"][3]["body"] = f"{{{MARK}"
    _fails_on_odd_numbers(told, CONTEXT)
    written = output.everything()
    assert written.count('"failed"') == 4
    assert "_fails_on_odd_numbers" in written
    assert MARK not in written


def test_the_ids_of_one_message_do_not_stay_for_the_next(output: Output) -> None:
    told = batch(_order(3), _order(2))
    told["Records"][1]["messageAttributes"] = {}
    _fails_on_odd_numbers(told, CONTEXT)
    last = output.lines()[-1]
    assert last["sqs_message_id"] == "sqs-1"
    assert "message_id" not in last
