"""Events that several handlers take, at the command line: their states, dead letters and replays."""

from dataclasses import replace
from typing import Any

import pytest

from tests.cli.cli_env import ORDERS, RETENTION, TYPES, CliEnv, cells, order
from tests.contract.account import create_dead_letters, create_queues, forget
from webhooks.aws import clients
from webhooks.aws.inbox import DynamoInbox
from webhooks.aws.inbox_table import table_key
from webhooks.aws.queues import SqsQueues
from webhooks.event import AcceptedEvent
from webhooks.handlers import CreateOrderEvent, DeadLetter, handler
from webhooks.routing import Routing

MAILING, ARCHIVE = "OrderMailing", "Archive"
NAMES = (*TYPES, MAILING, ARCHIVE)
ROUTING = Routing.parse(",".join(NAMES), f"{MAILING}={ORDERS},{ARCHIVE}=*")


class Several:
    """What a test does with the two further handlers."""

    def __init__(self, env: CliEnv, patch: pytest.MonkeyPatch) -> None:
        self.env = env
        self._patch = patch
        for name in (MAILING, ARCHIVE):
            create_queues(name)
            create_dead_letters(name)
        vars(env.stack).update(event_types=NAMES, routing=ROUTING)

    def publish(self, *ids: str, to: tuple[str, ...] = (ORDERS, MAILING, ARCHIVE)) -> None:
        """As ingest: accept, publish, mark."""
        events = [replace(order(each), others=to[1:]) for each in ids]
        self.env.store(*events)
        queues = SqsQueues(clients.sqs(), {name: self.env.stack.queue_url(name) for name in NAMES})
        for name in to:
            assert queues.publish_all(events, name) == events

    def run(self, name: str, error: Exception | None = None) -> list[str]:
        """Let a handler run on what waits for it; returns the idempotency keys."""
        ran: list[str] = []

        @handler(CreateOrderEvent)
        def handle(event: CreateOrderEvent) -> None:
            ran.append(event.idempotency_key)
            if error:
                raise error

        self._patch.setenv("POWERTOOLS_SERVICE_NAME", name)
        forget()
        replace(self.env.handlers, queue_url=self.env.stack.queue_url(name)).work(handle)
        return ran

    def states(self, message_id: str = "m-1") -> dict[str, str]:
        """The state in each handler."""
        found = self.env.story(message_id)["handlers"].items()
        return {name: each["state"] for name, each in found}


@pytest.fixture
def several(cli_env: CliEnv, monkeypatch: pytest.MonkeyPatch) -> Several:
    return Several(cli_env, monkeypatch)


def test_each_handler_has_its_own_state(several: Several) -> None:
    several.publish("m-1")
    several.run(ORDERS)
    several.run(MAILING, DeadLetter("no such address"))
    assert several.states() == {ORDERS: "handled", MAILING: "dead-letter", ARCHIVE: "waiting"}
    (row,) = several.env.webhooks.json("events", "list")
    assert (row["state"], row["failures"]) == ("dead-letter", 1)
    assert {name: each["state"] for name, each in row["handlers"].items()} == several.states()
    ((*_, state, _, _),) = cells(several.env.webhooks("events", "list").stdout) or [["", "", ""]]
    assert state == f"dead-letter ({MAILING})"


def test_an_event_is_unpublished_where_refused(several: Several) -> None:
    event = replace(order("m-1"), others=(MAILING,))
    several.env.accept(event)
    DynamoInbox(clients.dynamodb(), "InboxTable", RETENTION).mark_published(event, [MAILING])
    (row,) = several.env.webhooks.json("events", "list")
    assert {name: each["state"] for name, each in row["handlers"].items()} == {
        ORDERS: "waiting",
        MAILING: "unpublished",
    }


@pytest.mark.parametrize(("state", "found"), [("dead-letter", 1), ("handled", 1), ("waiting", 1), ("failing", 0)])
def test_a_filter_by_state_looks_at_each_handler(several: Several, state: str, found: int) -> None:
    several.publish("m-1")
    several.run(ORDERS)
    several.run(MAILING, DeadLetter("no such address"))
    assert len(several.env.webhooks.json("events", "list", "--state", state)) == found


def test_the_story_names_the_handlers(several: Several) -> None:
    several.publish("m-1")
    several.run(ORDERS)
    several.run(MAILING, ValueError("Zoe"))
    shown = several.env.webhooks("events", "show", "m-1", "--reveal").stdout
    assert f"failing ({MAILING})" in shown
    for text in (f"{MAILING}: ValueError: Zoe", f"{ORDERS}: done, and off its queue", f"to the queue of {ARCHIVE}"):
        assert text in shown
    assert "Zoe" not in several.env.webhooks("events", "show", "m-1").stdout


def test_a_dead_letter_returns_to_its_handler(several: Several) -> None:
    several.publish("m-1")
    for name in (ORDERS, ARCHIVE):
        several.run(name)
    several.run(MAILING, DeadLetter("no such address"))
    for name, found in ((MAILING, [(MAILING, ORDERS)]), (ORDERS, [])):
        listed = several.env.webhooks.json("dead-letters", "list", name)
        assert [(letter["queue"], letter["event_type"]) for letter in listed] == found
    assert several.env.webhooks("dead-letters", "redrive", MAILING, "--yes").exit_code == 0
    assert [len(several.env.waiting(name)) for name in (ORDERS, MAILING, ARCHIVE)] == [0, 1, 0]
    assert several.states()[MAILING] == "waiting"
    several.run(MAILING)
    assert set(several.states().values()) == {"handled"}


def test_one_handlers_dead_letter_is_discarded(several: Several) -> None:
    several.publish("m-1")
    several.run(MAILING, DeadLetter("no such address"))
    assert several.env.webhooks("dead-letters", "discard", MAILING, "--yes").exit_code == 0
    assert several.states() == {ORDERS: "waiting", MAILING: "discarded", ARCHIVE: "waiting"}
    (item,) = several.env.handlers.trouble()
    assert ("trouble" in item, "expiration" in item) == (False, True)


def test_a_replay_reaches_all_handlers(several: Several) -> None:
    several.publish("m-1")
    for name in (ORDERS, MAILING, ARCHIVE):
        several.run(name)
    assert several.env.webhooks("replay", "m-1", "--again", "--yes").exit_code == 0
    assert [len(several.run(name)) for name in (ORDERS, MAILING, ARCHIVE)] == [1, 1, 1]


def test_a_later_handler_gets_the_past(several: Several) -> None:
    several.publish("m-1", "m-2", to=(ORDERS,))
    several.run(ORDERS)
    done = several.env.webhooks("replay", "--handler", MAILING, "--since", "7d", "--yes")
    assert (done.exit_code, "2 events, 0 of them handled before" in done.stderr) == (0, True)
    assert len(several.run(MAILING)) == 2
    assert several.run(ORDERS) == []
    assert several.states() == {ORDERS: "handled", MAILING: "handled"}
    again = several.env.webhooks("replay", "--handler", MAILING, "--since", "7d", "--yes")
    assert "2 of them handled before" in again.stderr
    assert several.run(MAILING) == []


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--handler", "Nobody", "--since", "7d"], "has no queue"),
        (["--handler", MAILING, "--type", "UpdateAssociateEvent"], "does not take UpdateAssociateEvent"),
        (["--handler", "UpdateAssociateEvent", "m-1"], f"does not take {ORDERS}"),
        (["--handler", MAILING], "choose events"),
    ],
)
def test_a_handler_gets_only_what_it_takes(several: Several, arguments: list[str], why: str) -> None:
    several.publish("m-1", to=(ORDERS,))
    done = several.env.webhooks("replay", *arguments, "--yes")
    assert (done.exit_code, why in done.stderr) == (2, True)
    assert several.env.waiting(MAILING) == []


def test_events_are_listed_by_a_further_handler(several: Several) -> None:
    several.publish("m-1")
    several.env.store(AcceptedEvent(replace(order("m-2").key, event_type="UpdateAssociateEvent"), *_REST))
    assert [row["message_id"] for row in several.env.webhooks.json("events", "list", "--type", MAILING)] == ["m-1"]
    assert len(several.env.webhooks.json("events", "list", "--type", ARCHIVE)) == 2


_REST = ("", "", order("m-2").received_at, "{}", "", "UpdateAssociateEvent")


def test_a_handler_that_was_retired_is_left_out(several: Several) -> None:
    several.publish("m-1")
    vars(several.env.stack)["routing"] = Routing.parse(",".join(TYPES))
    assert several.env.story()["state"] == "waiting"
    assert "handlers" not in several.env.story()


def test_a_1_0_run_is_the_own_handlers(several: Several) -> None:
    """It wrote failures into the inbox."""
    several.publish("m-1")
    failure: Any = {"M": {"at": {"S": "2026-11-24T11:01:00.0000000Z"}, "error": {"S": "ValueError: old"}}}
    clients.dynamodb().update_item(
        TableName="InboxTable",
        Key=table_key(order("m-1").key),
        UpdateExpression="SET errors = :errors, failures = :one, given_up_at = :at",
        ExpressionAttributeValues={
            ":errors": {"L": [failure]},
            ":one": {"N": "1"},
            ":at": {"S": "2026-11-24T11:01:00.0000000Z"},
        },
    )
    assert several.states() == {ORDERS: "dead-letter", MAILING: "waiting", ARCHIVE: "waiting"}
    several.run(ORDERS, ValueError("new"))
    found = several.env.story("m-1", "--reveal")["handlers"][ORDERS]
    assert [each["error"] for each in found["errors"]] == ["ValueError: old", "ValueError: new"]
    assert (found["state"], found["failures"]) == ("failing", 2)


def test_a_1_0_discard_is_listed(several: Several) -> None:
    several.publish("m-1")
    clients.dynamodb().update_item(
        TableName="InboxTable",
        Key=table_key(order("m-1").key),
        UpdateExpression="SET failures = :eight, given_up_at = :up, discarded_at = :discarded",
        ExpressionAttributeValues={
            ":eight": {"N": "8"},
            ":up": {"S": "2026-11-24T11:01:00.0000000Z"},
            ":discarded": {"S": "2026-11-24T11:02:00.0000000Z"},
        },
    )
    (listed,) = several.env.webhooks.json("events", "list")
    assert listed["handlers"][ORDERS] == {"state": "discarded", "failures": 8}


def test_types_with_a_further_handler_are_subscribed_to(several: Several) -> None:
    vars(several.env.stack)["routing"] = Routing.parse(",".join(NAMES), f"{MAILING}=ReturnRequested,{ARCHIVE}=*")
    listed = [each["event_type"] for each in several.env.webhooks.json("subscriptions")]
    assert sorted(listed) == sorted((*TYPES, "ReturnRequested"))
