"""Which events the inbox lists, and that it reads no more than necessary."""

from itertools import islice

import pytest

from tests.cli.cli_env import ORDERS, TYPES, CliEnv
from tests.cli.test_scale import put_trouble
from tests.contract.account import aws
from tests.contract.hooks import answer_in_parts, requests
from tests.unit.examples import event
from webhooks.aws.inbox_table import table_key
from webhooks.aws.once_table import DEAD, GIVE_UP
from webhooks.event import AcceptedEvent, EventKey
from webhooks_cli.operations.errors import OperationFailed
from webhooks_cli.operations.handler_state import State
from webhooks_cli.operations.inbox import Inbox, Selection
from webhooks_cli.operations.stored_event import items_of


def _event(number: int, event_type: str = ORDERS, queue: str = "", client: str = "acme") -> AcceptedEvent:
    key = EventKey(f"m-{number}", client, event_type)
    return event(key=key, queue=queue or event_type, received_at=f"2026-11-24T11:00:{number:02}.0000000Z")


def _listed(cli_env: CliEnv, selection: Selection, *, newest_first: bool = False) -> list[str]:
    entries = Inbox.of(cli_env.stack).entries(selection, newest_first=newest_first)
    return [entry.key.message_id for entry in entries]


def test_events_of_all_types_are_in_order(cli_env: CliEnv) -> None:
    cli_env.accept(*(_event(number, TYPES[number % 3]) for number in range(60)))
    names = [f"m-{number}" for number in range(60)]
    assert _listed(cli_env, Selection("2026")) == names
    assert _listed(cli_env, Selection("2026"), newest_first=True) == names[::-1]
    assert _listed(cli_env, Selection(_event(3).received_at, _event(6).received_at)) == names[3:6]


def test_a_selection_must_not_end_before_it_begins() -> None:
    with pytest.raises(OperationFailed, match="--since must be earlier than --until"):
        Selection("2026-11-24", "2026-11-23")


def test_a_type_is_found_on_any_queue(cli_env: CliEnv) -> None:
    """On that of CustomEvent if it has none of its own, and where its own once was."""
    cli_env.accept(
        _event(1, "DailyEvent", queue="DailyEvent"),
        _event(2, "DailyEvent", queue="CustomEvent"),
        _event(3, "OtherEvent", queue="CustomEvent"),
        _event(4, client="other"),
    )
    assert _listed(cli_env, Selection("2026", event_type="DailyEvent")) == ["m-1", "m-2"]
    assert _listed(cli_env, Selection("2026", event_type="CustomEvent")) == ["m-2", "m-3"]
    assert _listed(cli_env, Selection("2026", event_type=ORDERS, client="other")) == ["m-4"]


def test_events_in_a_state_are_read_by_chunks(cli_env: CliEnv) -> None:
    events = [_event(number) for number in range(10)]
    cli_env.accept(*events[:5])
    cli_env.publish(*events[5:])
    cli_env.handle()
    made = requests(cli_env.stack.client("dynamodb"), "BatchGetItem")
    found = Inbox.of(cli_env.stack).events(Selection("2026", states={State.HANDLED}), chunk=5)
    assert [stored.event for stored in islice(found, 5)] == events[5:]
    reads = [each["RequestItems"]["InboxTable"] for each in made if "InboxTable" in each["RequestItems"]]
    assert [len(read["Keys"]) for read in reads] == [5, 5]


def test_events_are_loaded_in_the_given_order(cli_env: CliEnv) -> None:
    events = [_event(number) for number in range(25)]
    cli_env.accept(*events[1:])
    loaded = list(Inbox.of(cli_env.stack).load(each.key for each in reversed(events)))
    assert [stored.event for stored in loaded] == events[:0:-1], "one has expired"
    (without_body,) = Inbox.of(cli_env.stack).load([events[1].key], bodies=False)
    assert (without_body.event.body, without_body.state) == ("", State.UNPUBLISHED)


def test_events_in_trouble_are_those_of_the_type(cli_env: CliEnv) -> None:
    """The index of them has all types; what was on the queue of CustomEvent stays there when its type gets a queue."""
    late = "UpdateAssociateEvent"
    events = [_event(1), _event(2, late), _event(3, late, queue="CustomEvent"), _event(4, "BonusEvent", "CustomEvent")]
    cli_env.store(*events)
    for each in events:
        put_trouble(cli_env.stack.client("dynamodb"), each, each.queue, GIVE_UP, DEAD)
    inbox = Inbox.of(cli_env.stack)
    for wanted, found in {
        ORDERS: ["m-1"],
        late: ["m-2"],
        "CustomEvent": ["m-3", "m-4"],
        "BonusEvent": ["m-4"],
        "": ["m-1", "m-2", "m-3", "m-4"],
    }.items():
        selection = Selection("2026", event_type=wanted, states={State.DEAD_LETTER})
        assert [each.event.key.message_id for each in inbox.events(selection)] == found
        newest, _ = inbox.newest(selection, 10)
        assert [each.event.key.message_id for each in newest] == found[::-1]


def test_unprocessed_keys_are_read_again(cli_env: CliEnv) -> None:
    cli_env.accept(*(_event(number) for number in range(25)))
    client = cli_env.stack.client("dynamodb")
    del cli_env.stack._clients["dynamodb"]  # noqa: SLF001 - it has a hook from here on
    answer_in_parts(client, "InboxTable", 10)
    found = items_of(client, "InboxTable", [table_key(_event(number).key) for number in range(25)])
    assert len({item["message_id"]["S"] for item in found}) == 25


def test_an_item_without_an_event_is_none(cli_env: CliEnv) -> None:
    """A lease of the relay in version 1.0, or failures that were noted on an event that is not there."""
    events = [event(key=EventKey("relay", client, ORDERS)) for client in ("acme", "other")]
    cli_env.accept(*events)
    key = table_key(EventKey("relay", "lease", ""))
    cli_env.stack.client("dynamodb").put_item(TableName="InboxTable", Item={**key, "failures": {"N": "1"}})
    found = Inbox.of(cli_env.stack).find("relay")
    assert {stored.event.key for stored in found} == {each.key for each in events}


@pytest.mark.parametrize("newest_first", [False, True])
def test_events_from_before_an_upgrade_are_listed(cli_env: CliEnv, *, newest_first: bool) -> None:
    """Version 1.0 appended a shard to the index's key."""
    cli_env.accept(*(_event(number, TYPES[number % 3]) for number in range(30)))
    dynamodb = aws("dynamodb")
    for number in range(20):
        dynamodb.update_item(
            TableName="InboxTable",
            Key=table_key(_event(number, TYPES[number % 3]).key),
            UpdateExpression="SET type_shard = :old",
            ExpressionAttributeValues={":old": {"S": f"{TYPES[number % 3]}#{number % 16}"}},
        )
    vars(cli_env.stack)["sharded_until"] = _event(25).received_at
    names = [f"m-{number}" for number in range(30)]
    listed = _listed(cli_env, Selection("2026"), newest_first=newest_first)
    assert listed == (names[::-1] if newest_first else names)
    assert _listed(cli_env, Selection(_event(10).received_at, _event(22).received_at)) == names[10:22]
    (stored,) = Inbox.of(cli_env.stack).find("m-0")
    assert stored.event.queue == ORDERS


def test_entries_before_an_upgrade_are_read_last(cli_env: CliEnv) -> None:
    cli_env.accept(*(_event(number) for number in range(20)))
    vars(cli_env.stack)["sharded_until"] = _event(5).received_at
    made = requests(cli_env.stack.client("dynamodb"), "Query")
    entries = Inbox.of(cli_env.stack).entries(Selection("2026"), newest_first=True)
    assert [entry.key.message_id for entry in islice(entries, 15)] == [f"m-{number}" for number in range(19, 4, -1)]
    assert len(made) == len(TYPES)
