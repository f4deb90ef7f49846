"""Records: the current state that `save_record` keeps, through handlers like the shipped ones."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.contract.account import aws, create_table
from tests.unit.examples import CONTEXT, RECEIVED_AT, ROOT, batch, event, sample
from tests.unit.handler_env import HandlerEnv, saves
from tests.unit.models import DATE, FULL, MODELS
from webhooks.dates import normalised
from webhooks.event import AcceptedEvent, EventKey
from webhooks.handlers import CreateOrderEvent, CustomEvent, DeadLetter, Event, handler, save_record
from webhooks.strict_json import strict_object

LATER = "2021-10-12T18:07:26.8794399Z"
HANDLERS = {name: saves(model) for name, model in MODELS.items()}


def _event(event_type: str, date: str = DATE, message_id: str = "m-1", **fields: object) -> AcceptedEvent:
    return event(json.dumps(FULL[event_type] | fields), EventKey(message_id, "acme", event_type), event_date=date)


def _save(*events: AcceptedEvent) -> None:
    for each in events:
        assert HANDLERS[each.key.event_type](batch(each), CONTEXT) == {"batchItemFailures": []}


@pytest.mark.parametrize(
    ("event_type", "pk", "sk"),
    [
        ("EnrollmentEvent", "ASSOCIATE#5", "ENROLLMENT"),
        ("OrderEvent", "ORDER#1", "PLACED"),
        ("CreateAssociateEvent", "ASSOCIATE#5", "ASSOCIATE"),
        ("UpdateAssociateEvent", "ASSOCIATE#5", "ASSOCIATE"),
        ("CreateSubscriptionEvent", "ASSOCIATE#5", "SUBSCRIPTION#7"),
        ("UpdateSubscriptionEvent", "ASSOCIATE#5", "SUBSCRIPTION#7"),
        ("CreateOrderEvent", "ORDER#1", "ORDER"),
        ("FinalizeOrderEvent", "ORDER#1", "ORDER"),
        ("CreateOrderPaymentEvent", "ORDER#1", "PAYMENT#2"),
        ("SubmitOrderPackageEvent", "ORDER#1", "PACKAGE#3"),
        ("UpdateOrderPackageStatusEvent", "ORDER#1", "PACKAGE#3"),
        ("CreateInventoryItemEvent", "ITEM#4", "ITEM"),
        ("DeleteInventoryItemEvent", "ITEM#4", "ITEM"),
        ("DailyEvent", "DAILY", "2021-10-12"),
    ],
)
def test_each_event_updates_the_record_of_its_subject(
    handler_env: HandlerEnv, event_type: str, pk: str, sk: str
) -> None:
    _save(_event(event_type))
    (record,) = handler_env.records()
    assert (record["pk"], record["sk"], record["event_type"]) == (pk, sk, event_type)
    assert record["version"] == f"{DATE} {MODELS[event_type].precedence} {RECEIVED_AT} m-1 acme {event_type}"
    assert record.keys() >= FULL[event_type].keys()
    assert record["EventDateUtc"] == DATE


@pytest.mark.parametrize("event_type", sorted(path.stem for path in (ROOT / "events" / "samples").iterdir()))
def test_the_vendors_samples_are_recorded(handler_env: HandlerEnv, event_type: str) -> None:
    text, _ = strict_object(sample(event_type).encode())
    _save(event(text, EventKey("m-1", "acme", event_type)))
    (record,) = handler_env.records()
    assert record["EventType"] == event_type


@pytest.mark.parametrize("event_type", ["CreateOrderEvent", "DeleteInventoryItemEvent", "CustomEvent"])
def test_a_second_run_leaves_the_same_record(handler_env: HandlerEnv, event_type: str) -> None:
    """As after a crash between the record and the note that it was saved."""
    _save(_event(event_type))
    records = handler_env.records()
    _forget_runs()
    _save(_event(event_type))
    assert handler_env.records() == records


def _forget_runs() -> None:
    aws("dynamodb").delete_table(TableName="OnceTable")
    create_table("OnceTable")


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        (("CreateAssociateEvent", DATE), ("UpdateAssociateEvent", DATE)),
        (("CreateSubscriptionEvent", DATE), ("UpdateSubscriptionEvent", DATE)),
        (("CreateOrderEvent", DATE), ("FinalizeOrderEvent", DATE)),
        (("SubmitOrderPackageEvent", DATE), ("UpdateOrderPackageStatusEvent", DATE)),
        (("CreateInventoryItemEvent", DATE), ("DeleteInventoryItemEvent", DATE)),
        (("DeleteInventoryItemEvent", DATE), ("CreateInventoryItemEvent", LATER)),
        (("FinalizeOrderEvent", DATE), ("CreateOrderEvent", LATER)),
        (("FinalizeOrderEvent", DATE), ("CreateOrderEvent", "")),
    ],
)
@pytest.mark.parametrize("late", [True, False])
def test_the_later_step_stays_whichever_comes_first(
    handler_env: HandlerEnv, older: tuple[str, str], newer: tuple[str, str], late: bool
) -> None:
    """At one moment created comes before changed before deleted; without a date the receipt counts."""
    steps = [_event(*older, message_id="m-9"), _event(*newer, message_id="m-1")]
    _save(*(reversed(steps) if late else steps))
    (record,) = handler_env.records()
    assert record["event_type"] == newer[0]
    assert record.get("deleted") == {"Create": False, "Delete": True}.get(newer[0][:6] if "Item" in newer[0] else "")


def test_custom_events_are_recorded_side_by_side(handler_env: HandlerEnv) -> None:
    odd = {"EventDateUtc": {}, "": 1e-300, "pk": "theirs", "Nested": {"": [None]}}
    for number, date in enumerate([DATE, "2021-10-11T00:00:00.0000000Z", DATE]):
        key = EventKey(f"m-{number}", "acme", "AcmeBonusPaid")
        HANDLERS["CustomEvent"](batch(event(json.dumps(odd), key, event_date=date)), CONTEXT)
    records = handler_env.records()
    assert [record["pk"] for record in records] == ["CUSTOM#AcmeBonusPaid"] * 3
    assert [record["sk"].split()[2] for record in records] == ["m-1", "m-0", "m-2"]
    assert {record["Body"] for record in records} == {json.dumps(odd)}


LIMIT = 200 * 1024


@pytest.mark.parametrize(("model", "known"), [(CreateOrderEvent, {"OrderNumber": 1}), (CustomEvent, {})])
def test_a_large_body_leaves_its_reference(model: type[Event], known: dict[str, object]) -> None:
    def fields(size: int) -> dict[str, Any]:
        start, end = '{"OrderNumber":1,"Note":"é', '"}'
        body = f"{start}{'x' * (size - len(start) - 1 - len(end))}{end}"
        return model.from_accepted(replace(event(body), body_reference="bodies/1")).fields()

    assert fields(LIMIT + 1) == known | {"BodyReference": "bodies/1"}
    assert "BodyReference" not in fields(LIMIT)


def test_a_handler_may_choose_key_and_fields(handler_env: HandlerEnv) -> None:
    @handler(CreateOrderEvent)
    def handle(order: CreateOrderEvent) -> None:
        assert save_record(order, "MINE", "1", seen=True)
        save_record(order)

    handle(batch(event()), CONTEXT)
    mine, order = handler_env.records()
    assert (mine["pk"], mine["sk"], mine["seen"], mine["OrderNumber"]) == ("MINE", "1", True, 1)
    assert (order["pk"], "seen" in order) == ("ORDER#1", False)


def test_a_run_notes_its_records(handler_env: HandlerEnv) -> None:
    @handler(CreateOrderEvent)
    def handle(order: CreateOrderEvent) -> None:
        save_record(order)
        if order.order_number == 1:
            raise DeadLetter("no such order")

    for number in (1, 2):
        handle(batch(event(f'{{"OrderNumber":{number}}}', EventKey(f"m-{number}", "acme", "T"))), CONTEXT)
    (run,) = handler_env.runs()
    noted = json.loads(run["data"]["S"])
    assert noted["records"] == [["ORDER#2", "ORDER"]]
    assert normalised(noted["handled_at"]) == noted["handled_at"]


def test_an_event_without_record_key_needs_one() -> None:
    with pytest.raises(TypeError, match="pass pk and sk"):
        save_record(Event.from_accepted(event()))


def test_an_outage_of_the_records_is_a_failure(handler_env: HandlerEnv) -> None:
    handler_env.accept(event())
    aws("dynamodb").delete_table(TableName="RecordsTable")
    handler_env.work(HANDLERS["CreateOrderEvent"])
    assert handler_env.trouble()[0]["failures"] == {"N": "1"}


def _step(message_id: str, event_type: str, date: str, **fields: object) -> AcceptedEvent:
    received_at = f"2021-10-13T00:00:00.0{message_id[-1]}00000Z"
    return replace(_event(event_type, normalised(date) or "", message_id, **fields), received_at=received_at)


# As they happened. At one moment: the created order and the first, rejected attempt to pay it; two attempts with one
# date; two updates of one package. One event has no date but that of its receipt.
STORY = [
    _step("m-9", "CreateOrderEvent", "2021-10-12T18:07:26Z", OrderStatus="Pending"),
    _step("m-1", "FinalizeOrderEvent", "2021-10-12T18:07:26Z", OrderStatus="Rejected"),
    _step("m-8", "CreateOrderPaymentEvent", "2021-10-12T18:07:26.8794397Z", PaymentStatus="Rejected"),
    _step("m-2", "CreateOrderPaymentEvent", "2021-10-12T18:07:26.8794398Z", PaymentStatus="Paid"),
    _step("m-5", "CreateOrderPaymentEvent", "2021-10-12T18:07:26.8794398Z", OrderPaymentId=9, PaymentStatus="Open"),
    _step("m-6", "FinalizeOrderEvent", "2021-10-12T18:07:27.8181496Z", OrderStatus="Pending Payment"),
    _step("m-7", "FinalizeOrderEvent", "2021-10-12T18:07:27.8181496Z", OrderStatus="Paid"),
    _step("m-6", "SubmitOrderPackageEvent", "2021-10-12T18:21:36.12Z", PackageStatus="Submitted"),
    _step("m-5", "UpdateOrderPackageStatusEvent", "2021-10-12T18:21:36.121Z", PackageStatus="Packed"),
    _step("m-3", "UpdateOrderPackageStatusEvent", "2021-10-12T18:21:36.1211Z", PackageStatus="Shipping"),
    _step("m-4", "UpdateOrderPackageStatusEvent", "2021-10-12T18:21:36.1211Z", PackageStatus="Shipped"),
    _step("m-2", "SubmitOrderPackageEvent", "2021-10-12T18:21:36Z", PackageId=4, PackageStatus="Submitted"),
    _step("m-1", "UpdateOrderPackageStatusEvent", "2021-10-12T18:21:36Z", PackageId=4, PackageStatus="Packed"),
    _step("m-8", "UpdateOrderPackageStatusEvent", "", PackageId=4, PackageStatus="Lost"),
]
STATUSES = {"ORDER": "Paid", "PACKAGE#3": "Shipped", "PACKAGE#4": "Lost", "PAYMENT#2": "Paid", "PAYMENT#9": "Open"}


@pytest.mark.parametrize("once", [True, False])
def test_any_order_of_arrival_ends_the_same(handler_env: HandlerEnv, once: bool) -> None:
    """However often each event is repeated, and whether or not its runs are remembered."""
    handlers = {name: saves(model, idempotent=not once) for name, model in MODELS.items()}

    def records_after(arrivals: Sequence[AcceptedEvent]) -> list[dict[str, Any]]:
        aws("dynamodb").delete_table(TableName="RecordsTable")
        create_table("RecordsTable")
        _forget_runs()
        for each in arrivals:
            assert handlers[each.key.event_type](batch(each), CONTEXT) == {"batchItemFailures": []}
        return handler_env.records()

    as_it_happened = records_after(STORY)
    assert {str(record["sk"]): _status(record) for record in as_it_happened} == STATUSES
    assert {record["pk"] for record in as_it_happened} == {"ORDER#1"}

    @settings(max_examples=6)
    @given(st.permutations(STORY), st.lists(st.sampled_from(STORY), max_size=6), st.integers(0, len(STORY)))
    def arrive(arrivals: list[AcceptedEvent], again: list[AcceptedEvent], at: int) -> None:
        assert records_after([*arrivals[:at], *again, *arrivals[at:]]) == as_it_happened

    arrive()


def _status(record: dict[str, Any]) -> object:
    return record.get("OrderStatus") or record.get("PaymentStatus") or record["PackageStatus"]


def test_at_one_moment_created_precedes_changed_precedes_deleted() -> None:
    models = (MODELS["CreateInventoryItemEvent"], Event, MODELS["DeleteInventoryItemEvent"])
    versions = [model.from_accepted(_event("CreateInventoryItemEvent")).version for model in models]
    assert len(set(versions)) == 3
    assert versions == sorted(versions)


@given(st.lists(st.tuples(st.integers(0, 12), st.sampled_from(["CreateOrderEvent", "FinalizeOrderEvent"])), min_size=1))
def test_versions_sort_as_the_events_happened(happened: list[tuple[int, str]]) -> None:
    versions = {}
    for ticks, event_type in happened:
        # .NET trims trailing zeros: the plain texts do not sort.
        date = f"2021-10-12T18:07:26.{ticks:07}".rstrip("0").rstrip(".")
        event = MODELS[event_type].from_accepted(_event(event_type, normalised(f"{date}Z") or "", f"m-{ticks}"))
        versions[event.version] = (ticks, event_type)
    newest = max(happened, key=lambda one: (one[0], MODELS[one[1]].precedence))
    assert versions[max(versions)] == newest
