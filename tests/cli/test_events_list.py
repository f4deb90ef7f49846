"""`webhooks events list`: which events came in."""

import json

import pytest

from tests.cli.command import Command
from tests.cli.deployed import Deployed
from tests.cli.orders import an_order
from tests.unit.examples import event
from webhooks.event import EventKey


@pytest.fixture
def webhooks(deployed: Deployed) -> Command:
    return Command(deployed.stack)


def test_events_are_listed_the_newest_first(deployed: Deployed, webhooks: Command) -> None:
    deployed.accept(an_order(1), an_order(2, "2026-11-24T11:00:01"))
    assert webhooks.json("events", "list") == [
        {
            "received_at": f"2026-11-24T11:00:0{second}.0000000Z",
            "event_type": "CreateOrderEvent",
            "client_id": "acme",
            "message_id": message_id,
            "queue": "CreateOrderEvent",
            "state": "unpublished",
            "failures": 0,
        }
        for message_id, second in (("m-2", 1), ("m-1", 0))
    ]
    printed = webhooks("events", "list").stdout
    assert "2026-11-24T11:00:01 │ CreateOrderEvent │ acme   │ m-2        │ unpublished │ 0" in printed


def test_a_days_events_are_listed_unless_it_is_said_otherwise(deployed: Deployed, webhooks: Command) -> None:
    deployed.accept(an_order(1, "2026-11-23T11:59:59"))
    result = webhooks("events", "list")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "no such event since 2026-11-23T12:00:00Z" in result.stderr
    assert [told["message_id"] for told in webhooks.json("events", "list", "--since", "2d")] == ["m-1"]
    assert webhooks.json("events", "list", "--since", "2d", "--until", "25h") == []


def test_the_hint_at_the_end_of_a_page_gives_the_next_one(deployed: Deployed, webhooks: Command) -> None:
    deployed.accept(*(an_order(number, f"2026-11-24T11:00:{number:02}") for number in range(5)))
    seen, arguments = [], ["events", "list", "--limit", "2"]
    for _ in range(3):
        result = webhooks(*arguments, "--json")
        seen.append([told["message_id"] for told in json.loads(result.stdout)])
        hint = result.stderr.split()
        arguments = ["events", "list", "--limit", "2", *hint[-2:]]
    assert seen == [["m-4", "m-3"], ["m-2", "m-1"], ["m-0"]]
    assert hint == []


def test_events_are_listed_by_state_type_and_client(deployed: Deployed, webhooks: Command) -> None:
    deployed.publish(an_order(1))
    deployed.fail(ValueError())
    deployed.accept(an_order(2), event(key=EventKey("m-3", "other", "BonusEvent"), queue="CustomEvent"))
    listed = ["events", "list", "--since", "2021-01-01"]

    def ids(*arguments: str) -> set[str]:
        return {told["message_id"] for told in webhooks.json(*listed, *arguments)}

    assert ids("--state", "failing") == {"m-1"}
    assert ids("--state", "failing", "--state", "unpublished") == {"m-1", "m-2", "m-3"}
    assert ids("--type", "BonusEvent") == {"m-3"}
    assert ids("--client", "acme") == {"m-1", "m-2"}
    assert "BonusEvent has no queue of its own" in webhooks(*listed, "--type", "BonusEvent").stderr


@pytest.mark.parametrize("wrong", [["--since", "yesterday"], ["--until", "x"], ["--state", "done"], ["--limit", "0"]])
def test_wrong_use_is_said_so(wrong: list[str], webhooks: Command) -> None:
    assert webhooks("events", "list", *wrong).exit_code == 2
