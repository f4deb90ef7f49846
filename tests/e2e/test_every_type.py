"""Every event type, from its delivery over HTTP to its record."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tools.local.client import post, records, wait_until
from tools.local.stack import LocalStack
from webhooks_cli.operations.endpoint import Answer, Request

DELIVERIES = Path(__file__).parents[2] / "events" / "ingest"

# Where each type's handler keeps what it is told: the key, and the part under it.
KEPT = {
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
OWN_IDS = ("OrderId", "OrderNumber", "AssociateId", "DistributorId", "ItemId")


def delivery(event_type: str, of_its_own: int) -> tuple[Request, dict[str, Any]]:
    """The committed delivery of a type, about an order, associate or item that no other type tells of."""
    event = json.loads((DELIVERIES / f"{event_type}.json").read_text())
    body = json.loads(event["body"].rstrip().removesuffix("}").rstrip().removesuffix(",") + "}", parse_float=Decimal)
    own = {name: type(body[name])(of_its_own) for name in OWN_IDS if name in body}
    text = json.dumps(body | own, default=float)
    headers = {**event["headers"], "x-directscale-message-id": f"e2e-{event_type}"}
    headers.pop("host", None)
    headers.pop("content-length", None)
    return Request(headers, text.encode(), path=event["rawPath"]), body | own


@pytest.fixture(scope="module")
def delivered(stack: LocalStack) -> Mapping[str, tuple[Answer, dict[str, Any]]]:
    """One delivery of each type, sent one right after the other: the answer and the body by type."""
    sent = {}
    for number, event_type in enumerate(KEPT, 1001):
        request, body = delivery(event_type, number)
        sent[event_type] = (post(stack, request), body)
    return sent


@pytest.mark.parametrize("event_type", KEPT)
def test_a_delivery_becomes_a_record(
    stack: LocalStack, delivered: Mapping[str, tuple[Answer, dict[str, Any]]], event_type: str
) -> None:
    """Answered 200, and its record written with the right values and types."""
    answer, body = delivered[event_type]
    assert (answer.status, answer.body["status"]) == (200, "accepted")
    assert answer.body["eventType"] == event_type

    pk, sk = (name.format(**body, day=body["EventDateUtc"][:10]) for name in KEPT[event_type])
    record = wait_until(lambda: records(stack, pk), lambda seen: sk in seen, f"{pk} {sk}")[sk]

    assert record["event_type"] == event_type
    for name, sent in body.items():
        kept = record[name]
        if name.endswith("DateUtc") and sent is not None:
            assert moment(kept) == moment(sent), name
        else:
            assert kept == sent and isinstance(kept, stored_type(sent)), name


def test_an_event_of_an_unknown_type_is_recorded_as_it_came(stack: LocalStack) -> None:
    event = json.loads((DELIVERIES / "unknown-type.json").read_text())
    headers = {name: value for name, value in event["headers"].items() if name not in {"host", "content-length"}}
    answer = post(stack, Request(headers, event["body"].encode()))
    assert (answer.status, answer.body["status"]) == (200, "accepted")

    pk = f"CUSTOM#{answer.body['eventType']}"
    (record,) = wait_until(lambda: records(stack, pk), bool, pk).values()
    assert json.loads(record["Body"]) == json.loads(event["body"])


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def stored_type(sent: object) -> type:
    return Decimal if isinstance(sent, int | Decimal) and not isinstance(sent, bool) else type(sent)
