"""Which events the inbox lists, in which order, and that it reads no more than it has to."""

from itertools import islice
from typing import Any

import pytest

from tests.cli.deployed import Deployed
from tests.contract.hooks import answer_in_parts, requests
from tests.unit.examples import event
from webhooks.aws.inbox_table import table_key
from webhooks.aws.outbox import DynamoOutbox
from webhooks.event import AcceptedEvent, EventKey
from webhooks_cli.batch import items_of
from webhooks_cli.errors import ToolFailed
from webhooks_cli.inbox import Inbox, Selection
from webhooks_cli.kept import State

ALL = Selection(since="2026-11-24T00")


def _event(number: int, event_type: str = "CreateOrderEvent", queue: str = "", client: str = "acme") -> AcceptedEvent:
    key = EventKey(f"m-{number}", client, event_type)
    return event(key=key, queue=queue or event_type, received_at=f"2026-11-24T11:00:{number:02}.0000000Z")


def _listed(deployed: Deployed, selection: Selection, *, newest_first: bool = False) -> list[str]:
    entries = Inbox.of(deployed.stack).entries(selection, newest_first=newest_first)
    return [entry.key.message_id for entry in entries]


def test_the_events_of_all_types_are_listed_in_order_of_time_either_way(deployed: Deployed) -> None:
    types = ("CreateOrderEvent", "UpdateAssociateEvent", "CustomEvent")
    deployed.accept(*(_event(number, types[number % 3]) for number in range(60)))
    names = [f"m-{number}" for number in range(60)]
    assert _listed(deployed, ALL) == names
    assert _listed(deployed, ALL, newest_first=True) == names[::-1]


def test_a_selection_begins_with_since_and_ends_before_until(deployed: Deployed) -> None:
    deployed.accept(*(_event(number) for number in range(10)))
    selection = Selection(_event(3).received_at, _event(6).received_at)
    assert _listed(deployed, selection) == ["m-3", "m-4", "m-5"]


def test_a_selection_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ToolFailed, match="swap --since and --until"):
        Selection("2026-11-24", "2026-11-23")


def test_a_type_and_a_client_are_selected_by(deployed: Deployed) -> None:
    deployed.accept(_event(1), _event(2, "UpdateAssociateEvent"), _event(3, client="other"))
    assert _listed(deployed, Selection("2026", event_type="CreateOrderEvent")) == ["m-1", "m-3"]
    assert _listed(deployed, Selection("2026", client="other")) == ["m-3"]


def test_a_type_without_a_queue_is_found_under_custom_event_and_where_its_queue_once_was(deployed: Deployed) -> None:
    deployed.accept(
        _event(1, "DailyEvent", queue="DailyEvent"),
        _event(2, "DailyEvent", queue="CustomEvent"),
        _event(3, "OtherEvent", queue="CustomEvent"),
        _event(4),
    )
    assert _listed(deployed, Selection("2026", event_type="DailyEvent")) == ["m-1", "m-2"]
    assert _listed(deployed, Selection("2026", event_type="CustomEvent")) == ["m-2", "m-3"]


def test_events_are_selected_by_state_and_loaded_a_chunk_at_a_time(deployed: Deployed) -> None:
    events = [_event(number) for number in range(10)]
    deployed.accept(*events[:5])
    deployed.publish(*events[5:])
    deployed.handle()
    inbox = Inbox.of(deployed.stack)
    asked = requests(deployed.stack.client("dynamodb"), "BatchGetItem")
    found = inbox.events(Selection("2026", states={State.HANDLED}), chunk=5)
    assert [kept.event for kept in islice(found, 5)] == events[5:]
    assert [len(keys["Keys"]) for keys in _of_table(asked, "InboxTable")] == [5, 5]


def test_events_are_loaded_in_the_order_in_which_they_are_asked_for(deployed: Deployed) -> None:
    events = [_event(number) for number in range(25)]
    deployed.accept(*events)
    loaded = Inbox.of(deployed.stack).load(each.key for each in reversed(events))
    assert [kept.event for kept in loaded] == events[::-1]


def test_what_dynamodb_does_not_return_at_once_is_asked_for_again(deployed: Deployed) -> None:
    deployed.accept(*(_event(number) for number in range(25)))
    client = deployed.stack.client("dynamodb")
    answer_in_parts(client, "InboxTable", 10)
    found = items_of(client, "InboxTable", [table_key(_event(number).key) for number in range(25)])
    assert {item["message_id"]["S"] for item in found} == {f"m-{number}" for number in range(25)}


def test_an_event_that_has_expired_meanwhile_is_left_out(deployed: Deployed) -> None:
    deployed.accept(_event(1))
    loaded = Inbox.of(deployed.stack).load([_event(0).key, _event(1).key])
    assert [kept.event.key.message_id for kept in loaded] == ["m-1"]


def test_without_bodies_all_else_is_read(deployed: Deployed) -> None:
    deployed.publish(_event(1))
    deployed.fail(ValueError("no such order"))
    inbox = Inbox.of(deployed.stack)
    (whole,), (without,) = inbox.load([_event(1).key]), inbox.load([_event(1).key], bodies=False)
    assert (whole.event.body, without.event.body) == ('{"OrderNumber":1}', "")
    assert (without.state, without.errors) == (whole.state, whole.errors)


def test_all_events_of_a_message_id_are_found_and_the_lease_of_the_relay_is_none(deployed: Deployed) -> None:
    of_two_clients = [event(key=EventKey("relay", client, "CreateOrderEvent")) for client in ("acme", "other")]
    deployed.accept(*of_two_clients)
    DynamoOutbox(deployed.stack.client("dynamodb"), "InboxTable").lease("me", now=1000, seconds=50)
    assert {kept.event.key for kept in Inbox.of(deployed.stack).find("relay")} == {each.key for each in of_two_clients}


def _of_table(asked: list[dict[str, Any]], table: str) -> list[dict[str, Any]]:
    return [request["RequestItems"][table] for request in asked if table in request["RequestItems"]]
