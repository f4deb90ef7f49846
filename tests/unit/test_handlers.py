"""Every shipped handler, through its Lambda entry, on the records of an account."""

import json
from decimal import Decimal
from typing import Any

import boto3
import pytest
from pydantic.alias_generators import to_snake

from tests.contract.account import aws, create_table
from tests.unit.examples import CONTEXT, ROOT, batch, message, sample
from tests.unit.functions import load
from tests.unit.models import FULL, MODELS
from webhooks.event import AcceptedEvent, EventKey
from webhooks.strict_json import strict_object

DATE = "2021-10-12T18:07:26.8794398Z"
KEPT_AS = {
    "EnrollmentEvent": ("ASSOCIATE#5", "ENROLLMENT"),
    "OrderEvent": ("ORDER#1", "PLACED"),
    "CreateAssociateEvent": ("ASSOCIATE#5", "ASSOCIATE"),
    "UpdateAssociateEvent": ("ASSOCIATE#5", "ASSOCIATE"),
    "CreateSubscriptionEvent": ("ASSOCIATE#5", "SUBSCRIPTION#7"),
    "UpdateSubscriptionEvent": ("ASSOCIATE#5", "SUBSCRIPTION#7"),
    "CreateOrderEvent": ("ORDER#1", "ORDER"),
    "FinalizeOrderEvent": ("ORDER#1", "ORDER"),
    "CreateOrderPaymentEvent": ("ORDER#1", "PAYMENT#2"),
    "SubmitOrderPackageEvent": ("ORDER#1", "PACKAGE#3"),
    "UpdateOrderPackageStatusEvent": ("ORDER#1", "PACKAGE#3"),
    "CreateInventoryItemEvent": ("ITEM#4", "ITEM"),
    "DeleteInventoryItemEvent": ("ITEM#4", "ITEM"),
    "DailyEvent": ("DAILY", "2021-10-12"),
    "CustomEvent": ("CUSTOM#CustomEvent", f"{DATE} 1 m-1 acme CustomEvent"),
}

pytestmark = pytest.mark.usefixtures("workplace")


def _told(event_type: str, body: dict[str, Any], date: str = DATE, message_id: str = "m-1") -> AcceptedEvent:
    return message(json.dumps(body), EventKey(message_id, "acme", event_type), event_date=date)


def _handle(event_type: str, *messages: AcceptedEvent) -> dict[str, Any]:
    answer: dict[str, Any] = load(f"handlers/{event_type}").handle(batch(*messages), CONTEXT)
    return answer


def _kept() -> list[dict[str, Any]]:
    return list(boto3.resource("dynamodb").Table("RecordsTable").scan()["Items"])


def test_there_is_a_handler_and_a_model_for_every_type() -> None:
    folders = {app.parent.name for app in (ROOT / "functions" / "handlers").glob("*/app.py")}
    assert folders == MODELS.keys() >= KEPT_AS.keys()


def test_a_handler_that_this_file_does_not_know_has_a_test_of_its_own() -> None:
    tests = {f"test_{to_snake(event_type)}_handler.py" for event_type in MODELS.keys() - KEPT_AS.keys()}
    assert tests <= {path.name for path in (ROOT / "tests" / "unit").iterdir()}


@pytest.mark.parametrize("event_type", KEPT_AS)
def test_an_event_becomes_the_record_of_what_it_is_about(event_type: str) -> None:
    assert _handle(event_type, _told(event_type, FULL[event_type])) == {"batchItemFailures": []}
    (record,) = _kept()
    assert (record["pk"], record["sk"], record["event_type"]) == (*KEPT_AS[event_type], event_type)
    assert record["version"].startswith(DATE)
    assert (record.get("Body") == json.dumps(FULL[event_type])) == (event_type == "CustomEvent")
    assert record.keys() >= FULL[event_type].keys() or event_type == "CustomEvent"


@pytest.mark.parametrize("event_type", sorted(path.stem for path in (ROOT / "events" / "samples").iterdir()))
def test_the_vendors_sample_is_recorded(event_type: str) -> None:
    text, _ = strict_object(sample(event_type).encode())
    _handle(event_type, message(text, EventKey("m-1", "acme", event_type)))
    (record,) = _kept()
    assert record["EventType"] == event_type


def test_an_amount_is_kept_to_the_digit_and_a_date_to_the_seventh() -> None:
    _handle("CreateOrderPaymentEvent", _told("CreateOrderPaymentEvent", FULL["CreateOrderPaymentEvent"]))
    (record,) = _kept()
    assert (record["Amount"], record["EventDateUtc"]) == (Decimal("20.5"), DATE)


@pytest.mark.parametrize("event_type", KEPT_AS)
def test_the_same_event_twice_is_one_record(event_type: str) -> None:
    told = _told(event_type, FULL[event_type])
    for messages in ([told, told], [told]):
        assert _handle(event_type, *messages) == {"batchItemFailures": []}
    kept = _kept()
    assert len(kept) == 1
    # As after a crash between the record and the note that it was made.
    aws("dynamodb").delete_table(TableName="OnceTable")
    create_table("OnceTable")
    assert _handle(event_type, told) == {"batchItemFailures": []}
    assert _kept() == kept


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("CreateAssociateEvent", "UpdateAssociateEvent"),
        ("CreateSubscriptionEvent", "UpdateSubscriptionEvent"),
        ("CreateOrderEvent", "FinalizeOrderEvent"),
        ("SubmitOrderPackageEvent", "UpdateOrderPackageStatusEvent"),
        ("CreateInventoryItemEvent", "DeleteInventoryItemEvent"),
    ],
)
@pytest.mark.parametrize("late", [True, False])
def test_of_one_moment_the_later_step_stays_whichever_comes_first(older: str, newer: str, late: bool) -> None:
    for event_type in [newer, older] if late else [older, newer]:
        _handle(event_type, _told(event_type, FULL[event_type]))
    (record,) = _kept()
    assert record["event_type"] == newer


def test_a_deleted_item_stays_and_says_so_until_it_is_created_again() -> None:
    for event_type, date in (("DeleteInventoryItemEvent", DATE), ("CreateInventoryItemEvent", "2021-10-13T00:00:00Z")):
        _handle(event_type, _told(event_type, FULL[event_type], date))
        (record,) = _kept()
        assert record["deleted"] is (event_type == "DeleteInventoryItemEvent")


def test_custom_events_of_one_type_are_kept_side_by_side_in_order_of_time() -> None:
    odd = {"EventDateUtc": {}, "": 1e-300, "pk": "theirs", "Nested": {"": [None]}}
    for number, date in enumerate([DATE, "2021-10-11T00:00:00.0000000Z", DATE]):
        _handle("CustomEvent", _told("AcmeBonusPaid", odd, date, f"m-{number}"))
    records = sorted(_kept(), key=lambda record: str(record["sk"]))
    assert [record["pk"] for record in records] == ["CUSTOM#AcmeBonusPaid"] * 3
    assert [str(record["version"]).split()[2] for record in records] == ["m-1", "m-0", "m-2"]
    assert {record["Body"] for record in records} == {json.dumps(odd)}


def test_a_day_has_one_record() -> None:
    for number in range(2):
        _handle("DailyEvent", _told("DailyEvent", {"EventType": "DailyEvent"}, DATE, f"m-{number}"))
    assert len(_kept()) == 1
