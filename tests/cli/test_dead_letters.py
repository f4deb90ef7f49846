"""Looking at dead letters, which SQS only hands out: they are found as they were."""

from collections.abc import Sequence
from typing import Never

import pytest
import time_machine

from tests.cli.operated import ORDERS, Operated
from tests.unit.examples import event
from webhooks.aws import clients
from webhooks.policy import SCHEDULE
from webhooks_cli import sweep
from webhooks_cli.errors import ToolFailed
from webhooks_cli.letters import Letter
from webhooks_cli.sweep import Sweep


def test_without_a_type_they_are_counted_by_type_and_reason(operated: Operated) -> None:
    operated.bury("m-1", "m-2")
    operated.bury("m-3", reason="no such [customer]")
    operated.put("CustomEvent", Reason="no such order")
    counted = operated.webhooks.json("dead-letters", "list")
    assert [(group["event_type"], group["reason"], group["number"]) for group in counted] == [
        (ORDERS, "no such order", 2),
        (ORDERS, "no such [customer]", 1),
        ("CustomEvent", "no such order", 1),
    ]
    assert "no such [customer]" in operated.webhooks("dead-letters", "list").stdout


def test_of_a_type_they_are_listed_one_by_one(operated: Operated) -> None:
    operated.bury("m-1")
    (told,) = operated.webhooks.json("dead-letters", "list", ORDERS)
    assert (told["message_id"], told["client_id"], told["event_type"]) == ("m-1", "acme", ORDERS)
    assert (told["reason"], told["failures"], told["given_up_at"][:17]) == ("no such order", 1, "2026-11-24T12:00:")
    assert "m-1" in operated.webhooks("dead-letters", "list", ORDERS).stdout


def test_a_type_without_a_queue_of_its_own_is_looked_for_among_those_of_custom_events(operated: Operated) -> None:
    ids = {"ClientId": "acme", "ReceivedAt": "2026-11-24T12:00:00.0000000Z"}
    operated.put("CustomEvent", MessageId="m-1", EventType="Foo", **ids)
    operated.put("CustomEvent", MessageId="m-2", EventType="Bar", **ids)
    assert [told["message_id"] for told in operated.webhooks.json("dead-letters", "list", "Foo")] == ["m-1"]
    assert len(operated.webhooks.json("dead-letters", "list", "CustomEvent")) == 2


def test_they_are_chosen_by_id_and_by_what_their_reason_says(operated: Operated) -> None:
    operated.bury("m-1", "m-2")
    operated.bury("m-3", "m-4", reason="no such customer")
    for options, found in {
        "--id m-2": {"m-2"},
        "--id m-2 --id m-4": {"m-2", "m-4"},
        "--error CUSTOMER": {"m-3", "m-4"},
        "--error such": {"m-1", "m-2", "m-3", "m-4"},
        "--error such --id m-1": {"m-1"},
        "--error unlike": set(),
    }.items():
        told = operated.webhooks.json("dead-letters", "list", ORDERS, *options.split())
        assert {letter["message_id"] for letter in told} == found


def test_one_that_is_no_event_of_ours_is_chosen_by_the_id_that_sqs_gave_it(operated: Operated) -> None:
    operated.put(ORDERS)
    operated.put(ORDERS)
    first, _ = operated.webhooks.json("dead-letters", "list", ORDERS)
    assert first["message_id"] is None
    (told,) = operated.webhooks.json("dead-letters", "show", "--id", first["sqs_id"])
    assert first.items() <= told.items()


def test_no_more_than_the_limit_are_listed(operated: Operated) -> None:
    operated.bury(*(f"m-{number}" for number in range(12)))
    assert len(operated.webhooks.json("dead-letters", "list", ORDERS, "--limit", "11")) == 11
    assert len(operated.webhooks.json("dead-letters", "show")) == 10


def test_one_that_sqs_gave_up_says_so(operated: Operated) -> None:
    operated.let_sqs_bury("m-1")
    (told,) = operated.webhooks.json("dead-letters", "list", ORDERS, "--error", "given up by SQS")
    assert (told["message_id"], told["failures"]) == ("m-1", None)


def test_an_id_that_none_has_is_an_error(operated: Operated) -> None:
    operated.bury("m-1")
    result = operated.webhooks("dead-letters", "show", "--id", "m-2")
    assert isinstance(result.exception, ToolFailed)
    assert "no dead letter has the id m-2" in str(result.exception)


def test_where_there_are_none_that_is_said(operated: Operated) -> None:
    result = operated.webhooks("dead-letters", "list")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "no dead letters" in result.stderr


def test_looking_leaves_all_where_others_can_see_them(operated: Operated) -> None:
    operated.bury(*(f"m-{number}" for number in range(12)))
    before = operated.dead()
    operated.webhooks.json("dead-letters", "list", ORDERS)
    operated.webhooks.json("dead-letters", "list", "--limit", "5")
    assert operated.dead() == before
    assert all(letter.visible for letter in before)


def test_ctrl_c_leaves_all_where_others_can_see_them(operated: Operated, monkeypatch: pytest.MonkeyPatch) -> None:
    operated.bury(*(f"m-{number}" for number in range(12)))

    def interrupted(_: object, letters: Sequence[Letter]) -> Never:
        assert len(letters) == 10
        assert sum(letter.visible for letter in operated.dead()) == 2
        raise KeyboardInterrupt

    monkeypatch.setattr("webhooks_cli.groups.Groups.add", interrupted)
    result = operated.webhooks("dead-letters", "list")
    assert (result.exit_code, result.stdout) == (130, "")
    assert "nothing was changed" in result.stderr
    assert sum(letter.visible for letter in operated.dead()) == 12


def test_those_that_somebody_else_is_looking_at_are_told_of(operated: Operated) -> None:
    operated.bury("m-1", "m-2")
    url = operated.deployed.stack.dead_letters_url(ORDERS)
    clients.sqs().receive_message(QueueUrl=url, MaxNumberOfMessages=1)
    result = operated.webhooks("dead-letters", "list", ORDERS, "--json")
    assert "SQS counts about 2 dead letters there, and hands out 1" in result.stderr


def test_in_a_long_look_each_comes_once(operated: Operated, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hidden for longer in time; without that, the first would come again before the last has come."""
    monkeypatch.setattr(sweep, "_SECONDS_BETWEEN_CHECKS", 0)
    monkeypatch.setattr(sweep, "_SECONDS_LEFT", sweep.HIDDEN_SECONDS + 1)
    operated.bury(*(f"m-{number}" for number in range(45)))
    seen: list[str] = []
    url = operated.deployed.stack.dead_letters_url(ORDERS)
    with (
        time_machine.travel("2026-11-24T13:00:00Z", tick=False) as clock,
        Sweep(clients.sqs(), ORDERS, url) as look,
    ):
        for letters in look:
            seen += [letter.id for letter in letters]
            clock.shift(sweep.HIDDEN_SECONDS * 0.6)
            assert len(
                clients.sqs()
                .receive_message(QueueUrl=url, VisibilityTimeout=0, MaxNumberOfMessages=10)
                .get("Messages", [])
            ) == min(45 - len(seen), 10)
    assert (len(seen), len(set(seen))) == (45, 45)


def test_what_tells_of_a_person_is_masked_unless_it_is_asked_for(operated: Operated) -> None:
    operated.deployed.publish(event(body='{"OrderNumber":1,"Note":"Zoe"}', user="zoe@example.com"))
    for pause in (*SCHEDULE, 0):
        operated.deployed.fail(KeyError("Zoe"))
        operated.clock.shift(pause + 1)
    shown = operated.webhooks("dead-letters", "show").stdout
    assert "KeyError: ***" in shown
    assert '"OrderNumber": 1' in shown
    assert "oe" not in shown
    (told,) = operated.webhooks.json("dead-letters", "show", "--reveal")
    assert (told["user"], told["body"]) == ("zoe@example.com", {"OrderNumber": 1, "Note": "Zoe"})
    assert told["reason"] == "KeyError: 'Zoe'"


def test_what_the_product_itself_says_of_a_letter_is_not_masked(operated: Operated) -> None:
    operated.put(ORDERS, Reason="does not fit its model: OrderNumber: Input should be a valid integer")
    operated.put(ORDERS)
    told = {letter["reason"] for letter in operated.webhooks.json("dead-letters", "show")}
    assert told == {
        "does not fit its model: OrderNumber: Input should be a valid integer",
        "given up by SQS: handed out too often, and the handler neither finished nor failed",
    }


def test_of_a_letter_that_is_no_event_of_ours_nothing_is_shown_without_being_asked_for(operated: Operated) -> None:
    operated.put(ORDERS)
    assert operated.webhooks.json("dead-letters", "show")[0]["body"] == "***"
    assert operated.webhooks.json("dead-letters", "show", "--reveal")[0]["body"] == {}
