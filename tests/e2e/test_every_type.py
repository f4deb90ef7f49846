"""Every event type, from its delivery over HTTP to its record."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from tools.local.client import post, records, wait_until
from tools.local.stack import LocalStack
from tools.sam_local import EVENTS
from webhooks_cli.operations.endpoint import Answer, Request

RECORDS = {
    "EnrollmentEvent": ("ASSOCIATE#{DistributorId}", "ENROLLMENT"),
    "OrderEvent": ("ORDER#{OrderId}", "PLACED"),
    "CreateAssociateEvent": ("ASSOCIATE#{AssociateId}", "ASSOCIATE"),
    "UpdateAssociateEvent": ("ASSOCIATE#{AssociateId}", "ASSOCIATE"),
    "CreateSubscriptionEvent": ("ASSOCIATE#{AssociateId}", "SUBSCRIPTION#{SubscriptionId}"),
    "UpdateSubscriptionEvent": ("ASSOCIATE#{AssociateId}", "SUBSCRIPTION#{SubscriptionId}"),
    "CreateOrderEvent": ("ORDER#{OrderNumber}", "ORDER"),
    "FinalizeOrderEvent": ("ORDER#{OrderNumber}", "ORDER"),
    "CreateOrderPaymentEvent": ("ORDER#{OrderNumber}", "PAYMENT#{OrderPaymentId}"),
    "SubmitOrderPackageEvent": ("ORDER#{OrderNumber}", "PACKAGE#{PackageId}"),
    "UpdateOrderPackageStatusEvent": ("ORDER#{OrderNumber}", "PACKAGE#{PackageId}"),
    "CreateInventoryItemEvent": ("ITEM#{ItemId}", "ITEM"),
    "DeleteInventoryItemEvent": ("ITEM#{ItemId}", "ITEM"),
    "DailyEvent": ("DAILY", "{day}"),
}
"""The record's key by event type: partition key and sort key."""

IDS = ("OrderId", "OrderNumber", "AssociateId", "DistributorId", "ItemId")


def delivery(file: str, number: int = 0) -> tuple[Request, dict[str, Any]]:
    """A request of events/ and its body; with a number, it is about an order, associate or item of that id."""
    event = json.loads((EVENTS / "ingest" / f"{file}.json").read_text())
    body = json.loads(event["body"].replace(",\n}", "\n}"), parse_float=Decimal)
    if number:
        body |= {name: type(body[name])(number) for name in IDS if name in body}
        event["headers"]["x-directscale-message-id"] = f"e2e-{file}"
    headers = {name: value for name, value in event["headers"].items() if name not in {"host", "content-length"}}
    return Request(headers, json.dumps(body, default=float).encode(), path=event["rawPath"]), body


@pytest.fixture(scope="module")
def delivered(stack: LocalStack) -> Mapping[str, tuple[Answer, dict[str, Any]]]:
    """Answer and body by type: one delivery of each, without waiting for the records."""
    requests = {event_type: delivery(event_type, number) for number, event_type in enumerate(RECORDS, 1001)}
    return {event_type: (post(stack, request), body) for event_type, (request, body) in requests.items()}


@pytest.mark.parametrize("event_type", RECORDS)
def test_a_delivery_becomes_a_record(
    stack: LocalStack, delivered: Mapping[str, tuple[Answer, dict[str, Any]]], event_type: str
) -> None:
    answer, body = delivered[event_type]
    assert (answer.status, answer.body["status"], answer.body["eventType"]) == (200, "accepted", event_type)

    pk, sk = (key.format(**body, day=body["EventDateUtc"][:10]) for key in RECORDS[event_type])
    record = wait_until(lambda: records(stack, pk), lambda seen: sk in seen, f"{pk} {sk}")[sk]

    assert record["event_type"] == event_type
    for name, sent in body.items():
        if name.endswith("DateUtc") and sent is not None:
            assert moment(record[name]) == moment(sent), name
        else:
            assert record[name] == sent, name
            assert isinstance(record[name], Decimal if type(sent) is int else type(sent)), name


def test_an_unknown_type_becomes_a_record(stack: LocalStack) -> None:
    request, body = delivery("unknown-type")
    answer = post(stack, request)
    assert (answer.status, answer.body["status"]) == (200, "accepted")
    pk = f"CUSTOM#{answer.body['eventType']}"
    (record,) = wait_until(lambda: records(stack, pk), bool, pk).values()
    assert json.loads(record["Body"], parse_float=Decimal) == body


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
