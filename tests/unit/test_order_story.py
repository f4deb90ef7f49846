"""One order from its creation to its delivery: whatever the order of arrival, the records come out the same."""

import json
from collections.abc import Sequence
from typing import Any

import boto3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.contract.account import create_table
from tests.unit.examples import CONTEXT, batch, message
from tests.unit.functions import load
from tests.unit.models import FULL
from webhooks.dates import normalised
from webhooks.event import EventKey
from webhooks.message import Message


def _told(message_id: str, event_type: str, date: str, **fields: object) -> Message:
    body = json.dumps(FULL[event_type] | fields)
    return message(body, EventKey(message_id, "acme", event_type), event_date=normalised(date) or "")


# As they happened; the created order and the first, rejected attempt to pay it are of the same moment.
STORY = [
    _told("m-9", "CreateOrderEvent", "2021-10-12T18:07:26Z", OrderStatus="Pending"),
    _told("m-1", "FinalizeOrderEvent", "2021-10-12T18:07:26Z", OrderStatus="Rejected"),
    _told("m-8", "CreateOrderPaymentEvent", "2021-10-12T18:07:26.8794397Z", PaymentStatus="Rejected"),
    _told("m-2", "CreateOrderPaymentEvent", "2021-10-12T18:07:26.8794398Z", PaymentStatus="Paid"),
    _told("m-7", "FinalizeOrderEvent", "2021-10-12T18:07:27.8181496Z", OrderStatus="Paid"),
    _told("m-6", "SubmitOrderPackageEvent", "2021-10-12T18:21:36.12Z", PackageStatus="Submitted"),
    _told("m-5", "UpdateOrderPackageStatusEvent", "2021-10-12T18:21:36.121Z", PackageStatus="Packed"),
    _told("m-4", "UpdateOrderPackageStatusEvent", "2021-10-12T18:21:36.1211Z", PackageStatus="Shipped"),
    _told("m-3", "SubmitOrderPackageEvent", "2021-10-12T18:21:36Z", PackageId=4, PackageStatus="Submitted"),
]
STATUSES = {"ORDER": "Paid", "PAYMENT#2": "Paid", "PACKAGE#3": "Shipped", "PACKAGE#4": "Submitted"}

HANDLERS = {event_type: load(f"handlers/{event_type}") for event_type in {told.key.event_type for told in STORY}}


def _records_after(arrivals: Sequence[Message]) -> list[dict[str, Any]]:
    table = create_table("RecordsTable")
    for told in arrivals:
        assert HANDLERS[told.key.event_type].handle(batch(told), CONTEXT) == {"batchItemFailures": []}
    items = boto3.resource("dynamodb").Table(table).scan()["Items"]
    boto3.client("dynamodb").delete_table(TableName=table)
    return sorted(items, key=lambda item: str(item["sk"]))


@pytest.mark.usefixtures("account")
def test_in_any_order_and_however_often_repeated_the_records_come_out_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECORDS_TABLE", "RecordsTable")
    as_it_happened = _records_after(STORY)

    @settings(max_examples=25)
    @given(st.permutations(STORY), st.lists(st.sampled_from(STORY), max_size=6))
    def arrive(once: list[Message], again: list[Message]) -> None:
        assert _records_after([*once, *again]) == as_it_happened

    arrive()
    assert {record["pk"] for record in as_it_happened} == {"ORDER#1"}
    assert {str(record["sk"]): _status(record) for record in as_it_happened} == STATUSES


def _status(record: dict[str, Any]) -> object:
    return record.get("OrderStatus") or record.get("PaymentStatus") or record["PackageStatus"]
