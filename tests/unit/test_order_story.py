"""One order from its creation to its delivery: whatever the order of arrival, the records come out the same."""

import json
from collections.abc import Sequence
from typing import Any

import boto3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.contract.account import aws, create_table
from tests.unit.examples import CONTEXT, batch, message
from tests.unit.functions import load
from tests.unit.models import FULL, MODELS
from webhooks.aws.handler import handler
from webhooks.dates import normalised
from webhooks.event import AcceptedEvent, EventKey


def _told(message_id: str, event_type: str, date: str, **fields: object) -> AcceptedEvent:
    body = json.dumps(FULL[event_type] | fields)
    received_at = f"2021-10-13T00:00:00.0{message_id[-1]}00000Z"
    return message(
        body,
        EventKey(message_id, "acme", event_type),
        event_date=normalised(date) or "",
        received_at=received_at,
    )


# As they happened. Those of one moment: the created order and the first, rejected attempt to pay it; two attempts that
# DirectScale tells of with one date; two updates of one package. One event has no date but that of its receipt.
STORY = [
    _told("m-9", "CreateOrderEvent", "2021-10-12T18:07:26Z", OrderStatus="Pending"),
    _told("m-1", "FinalizeOrderEvent", "2021-10-12T18:07:26Z", OrderStatus="Rejected"),
    _told("m-8", "CreateOrderPaymentEvent", "2021-10-12T18:07:26.8794397Z", PaymentStatus="Rejected"),
    _told("m-2", "CreateOrderPaymentEvent", "2021-10-12T18:07:26.8794398Z", PaymentStatus="Paid"),
    _told("m-5", "CreateOrderPaymentEvent", "2021-10-12T18:07:26.8794398Z", OrderPaymentId=9, PaymentStatus="Pending"),
    _told("m-6", "FinalizeOrderEvent", "2021-10-12T18:07:27.8181496Z", OrderStatus="Pending Payment"),
    _told("m-7", "FinalizeOrderEvent", "2021-10-12T18:07:27.8181496Z", OrderStatus="Paid"),
    _told("m-6", "SubmitOrderPackageEvent", "2021-10-12T18:21:36.12Z", PackageStatus="Submitted"),
    _told("m-5", "UpdateOrderPackageStatusEvent", "2021-10-12T18:21:36.121Z", PackageStatus="Packed"),
    _told("m-3", "UpdateOrderPackageStatusEvent", "2021-10-12T18:21:36.1211Z", PackageStatus="Shipping"),
    _told("m-4", "UpdateOrderPackageStatusEvent", "2021-10-12T18:21:36.1211Z", PackageStatus="Shipped"),
    _told("m-2", "SubmitOrderPackageEvent", "2021-10-12T18:21:36Z", PackageId=4, PackageStatus="Submitted"),
    _told("m-1", "UpdateOrderPackageStatusEvent", "2021-10-12T18:21:36Z", PackageId=4, PackageStatus="Packed"),
    _told("m-8", "UpdateOrderPackageStatusEvent", "", PackageId=4, PackageStatus="Lost"),
]
STATUSES = {"ORDER": "Paid", "PAYMENT#2": "Paid", "PAYMENT#9": "Pending", "PACKAGE#3": "Shipped", "PACKAGE#4": "Lost"}

HANDLERS = {event_type: load(f"handlers/{event_type}").handle for event_type in {told.key.event_type for told in STORY}}


def _records_after(arrivals: Sequence[AcceptedEvent], *, remembered: bool) -> list[dict[str, Any]]:
    """The records, made from nothing; where nothing is `remembered`, every handler runs at every arrival."""
    for table in ("RecordsTable", "OnceTable"):
        aws("dynamodb").delete_table(TableName=table)
        create_table(table)
    for told in arrivals:
        shipped = HANDLERS[told.key.event_type]
        handle = shipped if remembered else handler(MODELS[told.key.event_type], idempotent=True)(shipped.__wrapped__)
        assert handle(batch(told), CONTEXT) == {"batchItemFailures": []}
    items = boto3.resource("dynamodb").Table("RecordsTable").scan()["Items"]
    return sorted(items, key=lambda item: str(item["sk"]))


@pytest.mark.usefixtures("workplace")
@pytest.mark.parametrize("remembered", [True, False])
def test_in_any_order_and_however_often_repeated_the_records_come_out_the_same(remembered: bool) -> None:
    as_it_happened = _records_after(STORY, remembered=remembered)

    @settings(max_examples=10)
    @given(st.permutations(STORY), st.lists(st.sampled_from(STORY), max_size=6), st.integers(0, len(STORY)))
    def arrive(once: list[AcceptedEvent], again: list[AcceptedEvent], at: int) -> None:
        assert _records_after([*once[:at], *again, *once[at:]], remembered=remembered) == as_it_happened

    arrive()
    assert {record["pk"] for record in as_it_happened} == {"ORDER#1"}
    assert {str(record["sk"]): _status(record) for record in as_it_happened} == STATUSES


def _status(record: dict[str, Any]) -> object:
    return record.get("OrderStatus") or record.get("PaymentStatus") or record["PackageStatus"]
