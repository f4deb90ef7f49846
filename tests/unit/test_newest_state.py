"""A record always holds the newest state, whatever form the sender's dates have."""

import json
from typing import Any

import boto3
import pytest

from tests.unit.endpoint import Endpoint
from tests.unit.examples import CONTEXT, batch, event
from tests.unit.output import Output
from webhooks.dates import normalised
from webhooks.event import AcceptedEvent, EventKey
from webhooks.handlers import CreateOrderEvent, FinalizeOrderEvent, handler, save_record

RECEIVED = "2021-10-12T18:08:00.0000000Z"


@handler(FinalizeOrderEvent)
def finalize(event: FinalizeOrderEvent) -> None:
    save_record(event)


@handler(CreateOrderEvent)
def create(event: CreateOrderEvent) -> None:
    save_record(event)


def _accepted(
    endpoint: Endpoint, number: int, fields: dict[str, Any], event_type: str = "FinalizeOrderEvent"
) -> AcceptedEvent:
    """The event as ingest puts it on its queue."""
    body = json.dumps({"EventType": event_type, "OrderNumber": 1} | fields)
    endpoint.post(body, request_id=f"r-{number}", X_Directscale_Message_Id=f"m-{number}")
    (message,) = endpoint.messages("CustomEvent")
    return message


def _status(handle: Any, *events: AcceptedEvent) -> object:
    for each in events:
        assert handle(batch(each), CONTEXT) == {"batchItemFailures": []}
    (record,) = boto3.resource("dynamodb").Table("RecordsTable").scan()["Items"]
    return record["OrderStatus"]


def _event(number: int, date: object, status: str, received: str = RECEIVED) -> AcceptedEvent:
    body = json.dumps({"OrderNumber": 1, "OrderStatus": status, "EventDateUtc": date})
    key = EventKey(f"m-{number}", "acme", "FinalizeOrderEvent")
    return event(body, key, event_date=normalised(date) or "", received_at=received)


NEWER = "2021-10-12T10:05:00Z"


@pytest.mark.parametrize(
    "older",
    [
        "2021-10-12T10:04Z",
        "2021-10-12T10:04",
        "2021-10-12",
        "2021-10-12 10:04:59.9999999999",
        "2021-10-12T10:04:59,5Z",
        "2021-10-12t10:04:59z",
        "2021-10-12T12:04:59+02",
        "2021-10-12T12:04:59+0200",
        1634033099,
        1634033099.5,
        1634033099000,
        "1634033099000",
        "/Date(1634033099000)/",
        "/Date(1634033099000+0200)/",
        " 2021-10-12T10:04:59Z ",
    ],
)
def test_an_older_date_is_an_older_version(older: object) -> None:
    events = (_event(1, older, "older", "2021-10-12T18:09:00.0000000Z"), _event(2, NEWER, "newer"))
    first, second = (FinalizeOrderEvent.from_accepted(each).version for each in events)
    assert first < second


@pytest.mark.usefixtures("handler_env")
@pytest.mark.parametrize("late", [False, True])
def test_an_older_event_never_overwrites_a_newer_one(late: bool) -> None:
    older = _event(1, "2021-10-12T10:04", "older", "2021-10-12T18:09:00.0000000Z")
    events = [older, _event(2, NEWER, "newer")]
    assert _status(finalize, *(reversed(events) if late else events)) == "newer"


@pytest.mark.parametrize(
    "unset",
    [
        *("", " ", None, 0, "null", "0001-01-01T00:00:00", "0000-00-00", "/Date(-62135596800000)/"),
        *("9999-12-31T23:59:59.9999999", "/Date(253402300799999)/"),
    ],
)
def test_an_unset_date_is_none_to_a_handler(unset: object) -> None:
    read = CreateOrderEvent.from_accepted(
        event(json.dumps({"OrderNumber": 1, "OrderDateUtc": unset, "EventDateUtc": unset}))
    )
    assert (read.order_date_utc, read.event_date_utc) == (None, None)


@pytest.mark.parametrize("date", ["2031-01-01T00:00:00Z", "9998-12-31T00:00:00Z"])
def test_a_future_date_counts_as_the_receipt(endpoint: Endpoint, date: str) -> None:
    endpoint.post(f'{{"EventType":"CreateOrderEvent","EventDateUtc":"{date}"}}')
    (item,) = endpoint.items()
    assert "event_date" not in item


@pytest.mark.usefixtures("clock")
def test_a_clock_slightly_ahead_is_believed(endpoint: Endpoint) -> None:
    endpoint.post('{"EventType":"CreateOrderEvent","EventDateUtc":"2026-11-25T11:00:00Z"}')
    (item,) = endpoint.items()
    assert item["event_date"] == {"S": "2026-11-25T11:00:00.0000000Z"}


@pytest.mark.usefixtures("handler_env")
@pytest.mark.parametrize("late", [False, True])
def test_of_one_date_the_later_received_wins(late: bool) -> None:
    first = _event(9, NEWER, "first", "2021-10-12T18:08:00.0000000Z")
    second = _event(1, NEWER, "second", "2021-10-12T18:09:00.0000000Z")
    assert _status(finalize, *((second, first) if late else (first, second))) == "second"


@pytest.mark.usefixtures("handler_env")
@pytest.mark.parametrize("late", [False, True])
def test_of_one_receipt_the_greater_key_wins(late: bool) -> None:
    events = [_event(1, NEWER, "first"), _event(2, NEWER, "second")]
    assert _status(finalize, *(reversed(events) if late else events)) == "second"


@pytest.mark.usefixtures("handler_env")
def test_an_unsaved_state_is_logged_and_counted(output: Output) -> None:
    _status(finalize, _event(2, NEWER, "newer"), _event(1, "2021-10-12T10:04:00Z", "older"))
    assert "a newer state is recorded" in [line.get("message") for line in output.lines()]
    assert {"RecordNotSaved": 1} in output.metrics("service=handlers")


@pytest.mark.usefixtures("handler_env")
@pytest.mark.parametrize("name", ["version", "pk", "sk", "event_type", "deleted"])
def test_a_senders_field_keeps_its_name(name: str) -> None:
    body = json.dumps({"OrderNumber": 1, name: "theirs", f"sent_{name}": "too"})
    assert finalize(batch(event(body, EventKey("m-1", "acme", "FinalizeOrderEvent"))), CONTEXT) == {
        "batchItemFailures": []
    }
    (record,) = boto3.resource("dynamodb").Table("RecordsTable").scan()["Items"]
    assert (record[f"sent_sent_{name}"], record[f"sent_{name}"]) == ("theirs", "too")
    assert record["pk"] == "ORDER#1"
