from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.examples import RECEIVED_AT, message
from tests.unit.models import MODELS, VENDORS
from webhooks.dates import normalised
from webhooks.event import EventKey
from webhooks.events.base import Event
from webhooks.events.custom import CustomEvent
from webhooks.events.inventory import CreateInventoryItemEvent, DeleteInventoryItemEvent
from webhooks.events.orders import CreateOrderEvent, FinalizeOrderEvent
from webhooks.records import Record

MOMENT = "2021-10-12T18:07:26.8794398Z"
LATER = "2021-10-12T18:07:26.8794399Z"


class _Updated(Event):
    """An update of anything."""


def _version(model: type[Event], event_date: str = MOMENT, message_id: str = "m-1") -> str:
    body = '{"ItemId":4,"OrderNumber":1}'
    key = EventKey(message_id, "acme", model.__name__)
    return model.from_accepted(message(body, key, event_date=event_date)).version


def test_at_the_same_moment_created_comes_before_updated_before_deleted() -> None:
    versions = [_version(model) for model in (CreateInventoryItemEvent, _Updated, DeleteInventoryItemEvent)]
    assert all(one < other for one, other in pairwise(versions))


@pytest.mark.parametrize("earlier", [DeleteInventoryItemEvent, FinalizeOrderEvent, CreateOrderEvent])
def test_a_later_moment_is_newer_whatever_happened(earlier: type[Event]) -> None:
    assert _version(earlier) < _version(CreateInventoryItemEvent, LATER)


def test_two_events_of_the_same_moment_and_kind_have_one_order_and_it_does_not_depend_on_arrival() -> None:
    assert _version(FinalizeOrderEvent, message_id="m-1") < _version(FinalizeOrderEvent, message_id="m-2")


def test_the_same_event_is_of_the_same_version() -> None:
    assert _version(FinalizeOrderEvent) == _version(FinalizeOrderEvent)


def test_an_event_without_a_date_happened_when_it_was_received() -> None:
    told = CreateOrderEvent.from_accepted(message())
    assert told.occurred_at == RECEIVED_AT
    assert told.version == f"{RECEIVED_AT} 0 m-1 acme CreateOrderEvent"


@pytest.mark.parametrize("name", VENDORS)
def test_what_creates_a_thing_is_older_and_what_deletes_it_newer_than_any_update(name: str) -> None:
    creates = {f"Create{thing}Event" for thing in ("Associate", "Subscription", "Order", "InventoryItem")}
    expected = 0 if name in creates | {"SubmitOrderPackageEvent"} else 2 if "Delete" in name else 1
    assert MODELS[name].precedence == expected


@given(st.lists(st.tuples(st.integers(0, 12), st.sampled_from([CreateOrderEvent, FinalizeOrderEvent])), min_size=1))
def test_versions_sort_as_the_events_happened(happened: list[tuple[int, type[Event]]]) -> None:
    versions = {}
    for ticks, model in happened:
        # Without trailing zeros, as .NET writes it: the plain texts do not sort.
        sent = f"2021-10-12T18:07:26.{ticks:07}".rstrip("0").rstrip(".")
        key = EventKey(f"m-{ticks}", "acme", model.__name__)
        told = message('{"OrderNumber":1}', key, event_date=normalised(f"{sent}Z") or "")
        versions[Record.from_event(model.from_accepted(told)).version] = (ticks, model)
    newest = max(happened, key=lambda one: (one[0], one[1].precedence))
    assert versions[max(versions)] == newest


def _of_size(size: int) -> str:
    start, end = '{"OrderNumber":1,"Note":"', '"}'
    room = size - len(start) - len(end)
    return f"{start}{'é' * (room // 2)}{'x' * (room % 2)}{end}"


@pytest.mark.parametrize(("model", "known"), [(CreateOrderEvent, {"OrderNumber": 1}), (CustomEvent, {})])
def test_of_a_body_that_is_too_large_for_an_item_the_record_holds_the_reference(
    model: type[Event], known: dict[str, object]
) -> None:
    told = model.from_accepted(replace(message("", body_reference="bodies/1"), body=_of_size(200 * 1024 + 1)))
    assert told.fields() == known | {"BodyReference": "bodies/1"}


@pytest.mark.parametrize("model", [CreateOrderEvent, CustomEvent])
def test_a_body_that_was_stored_aside_and_fits_is_recorded_as_any_other(model: type[Event]) -> None:
    inline = message(_of_size(200 * 1024))
    aside = replace(inline, body_reference="bodies/1")
    assert model.from_accepted(aside).fields() == model.from_accepted(inline).fields()
    assert "BodyReference" not in model.from_accepted(aside).fields()


def test_a_record_is_what_the_event_tells_and_what_the_handler_adds() -> None:
    told = CreateInventoryItemEvent.from_accepted(message('{"ItemId":4,"Sku":"S"}'))
    assert Record.from_event(told, "ITEM#4", "ITEM", deleted=False) == Record(
        pk="ITEM#4",
        sk="ITEM",
        version=told.version,
        event_type="CreateOrderEvent",
        fields={"ItemId": 4, "Sku": "S", "deleted": False},
    )
