"""Sending dead letters back: never lost on the way, whatever happens."""

import json
import signal
from typing import Never

import pytest

from tests.cli.operated import ORDERS, Operated, order
from webhooks.retries import DeadLetter
from webhooks_cli.sweep import Sweep

ALL = [f"m-{number}" for number in range(12)]


def test_a_letter_goes_back_as_it_was_before_it_failed_and_is_handled(operated: Operated) -> None:
    operated.deployed.publish(order("m-1"))
    (before,) = operated.waiting()
    operated.deployed.fail(DeadLetter("no such order"))
    result = operated.webhooks("dead-letters", "redrive", "--yes")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "1 dead letter sent back" in result.stderr
    assert (operated.dead(), operated.waiting()) == ([], [before])
    assert operated.runs() == ["m-1"]


def test_the_events_story_tells_that_it_was_sent_back(operated: Operated) -> None:
    operated.bury("m-1")
    operated.clock.shift(60)
    operated.webhooks("dead-letters", "redrive", "--yes")
    told = operated.story("m-1")
    assert (told["state"], told["redriven_at"] > told["given_up_at"]) == ("waiting", True)
    assert "sent back" in operated.webhooks("events", "show", "m-1").stdout
    operated.clock.shift(60)
    operated.deployed.fail(ValueError())
    assert operated.story("m-1")["state"] == "failing"
    operated.clock.shift(301)
    operated.deployed.fail(DeadLetter("no such order"))
    assert operated.story("m-1")["state"] == "dead-letter"
    operated.webhooks("dead-letters", "redrive", "--yes")
    operated.runs()
    assert operated.story("m-1")["state"] == "handled"


def test_one_that_sqs_gave_up_goes_back_too(operated: Operated) -> None:
    operated.let_sqs_bury("m-1")
    assert operated.webhooks("dead-letters", "redrive", ORDERS, "--yes").exit_code == 0
    assert (operated.dead(), [message.id for message in operated.waiting()]) == ([], ["m-1"])


def test_one_that_is_no_event_of_ours_goes_back_too(operated: Operated) -> None:
    operated.put(ORDERS, group="them", Reason="not a message of ingest or relay", Colour="blue")
    assert operated.webhooks("dead-letters", "redrive", "--yes").exit_code == 0
    (message,) = operated.waiting()
    assert (message.body, message.attributes, message.group) == ("{}", {"Colour": "blue"}, "them")


def test_only_those_that_are_chosen_go_back(operated: Operated) -> None:
    operated.bury("m-1", "m-2")
    operated.bury("m-3", reason="no such customer")
    told = operated.webhooks.json("dead-letters", "redrive", ORDERS, "--error", "order", "--limit", "1", "--yes")
    assert told == {"chosen": 1, "done": 1, "refused": 0, "undeleted": 0}
    operated.webhooks("dead-letters", "redrive", "--id", "m-3", "--yes")
    assert {message.id for message in operated.waiting()} | {letter.id for letter in operated.dead()} == {
        "m-1",
        "m-2",
        "m-3",
    }
    assert (len(operated.waiting()), len(operated.dead())) == (2, 1)


def test_at_no_moment_is_a_letter_in_neither_queue(operated: Operated) -> None:
    operated.bury(*ALL)
    looks: list[set[str]] = []
    operated.on(
        "before-call.sqs",
        lambda: looks.append({each.id for each in (*operated.dead(), *operated.waiting())}),
    )
    operated.webhooks("dead-letters", "redrive", "--yes")
    assert {len(ids) for ids in looks} == {len(ALL)}
    assert sorted(message.id for message in operated.waiting()) == sorted(ALL)


def test_one_that_is_killed_after_sending_leaves_a_letter_twice_and_once_absorbs_that(
    operated: Operated, monkeypatch: pytest.MonkeyPatch
) -> None:
    operated.bury(*ALL)

    def killed(*_: object) -> Never:
        raise SystemExit(137)

    with monkeypatch.context() as patch:
        patch.setattr(Sweep, "delete", killed)
        patch.setattr(Sweep, "__exit__", lambda *_: None)  # whoever is killed cleans nothing up
        assert operated.webhooks("dead-letters", "redrive", "--yes").exit_code == 137
    assert (len(operated.dead()), len(operated.waiting())) == (12, 10)
    assert sum(letter.visible for letter in operated.dead()) == 2
    operated.clock.shift(60)
    operated.webhooks("dead-letters", "redrive", "--yes")
    assert (len(operated.dead()), len(operated.waiting())) == (0, 22)
    assert operated.runs() == sorted(ALL)


def test_ctrl_c_says_how_far_it_came_and_hides_nothing(operated: Operated) -> None:
    operated.bury(*ALL)
    operated.on("before-call.sqs.SendMessageBatch", lambda: signal.raise_signal(signal.SIGINT))
    result = operated.webhooks("dead-letters", "redrive", "--yes")
    assert result.exit_code == 130
    assert "stopped: 10 dead letters sent back; run it again for the others" in result.stderr
    assert [letter.visible for letter in operated.dead()] == [True] * 2


def test_what_the_queue_does_not_take_stays_a_dead_letter(operated: Operated) -> None:
    operated.bury(*ALL)
    operated.refuse("SendMessageBatch", {"7"})
    result = operated.webhooks("dead-letters", "redrive", "--yes")
    assert result.exit_code == 1
    assert "1 dead letters still: they have failed again, or the queue did not take them" in result.stderr
    assert (len(operated.dead()), len(operated.waiting())) == (1, 11)
    assert not {letter.id for letter in operated.dead()} & {message.id for message in operated.waiting()}


def test_what_could_not_be_deleted_is_told(operated: Operated) -> None:
    operated.bury(*ALL)
    operated.refuse("DeleteMessageBatch", {"7"})
    result = operated.webhooks("dead-letters", "redrive", "--yes")
    assert result.exit_code == 1
    assert "1 not deleted here: run it again, which does no harm" in result.stderr
    assert [letter.visible for letter in operated.dead()] == [True]
    assert len(operated.waiting()) == 12


def test_one_that_fails_again_meanwhile_is_left(operated: Operated) -> None:
    """Or the command and a handler that always fails would toss it to and fro for ever."""
    operated.bury("m-1", "m-2")
    operated.on("after-call.sqs.SendMessageBatch", lambda: operated.deployed.fail(DeadLetter("still none")))
    result = operated.webhooks("dead-letters", "redrive", "--yes")
    assert (result.exit_code, operated.waiting()) == (1, [])
    assert "2 dead letters sent back" in result.stderr
    assert "2 dead letters still: they have failed again" in result.stderr
    assert {letter.attributes["Reason"] for letter in operated.dead()} == {"still none"}


@pytest.mark.parametrize("act", ["redrive", "discard"])
def test_a_dry_run_and_a_no_change_nothing(operated: Operated, act: str) -> None:
    operated.bury(*ALL)
    before = operated.everything()
    for options, typed in ((["--dry-run"], None), (["--dry-run", "--yes"], None), ([], "n\n"), ([], None)):
        result = operated.webhooks("dead-letters", act, ORDERS, *options, typed=typed)
        assert (result.exit_code, "12 " in result.stderr) == (0 if options else 1, True)
        assert operated.everything() == before


def test_a_dry_run_tells_scripts_what_would_be_done(operated: Operated) -> None:
    operated.bury("m-1", "m-2")
    (group,) = operated.webhooks.json("dead-letters", "redrive", "--dry-run")
    assert (group["event_type"], group["reason"], group["number"]) == (ORDERS, "no such order", 2)


def test_who_says_yes_when_asked_is_obeyed(operated: Operated) -> None:
    operated.bury("m-1", "m-2")
    result = operated.webhooks("dead-letters", "redrive", typed="y\n")
    assert "Send 2 dead letters back to the handler?" in result.stderr
    assert (len(operated.dead()), len(operated.waiting())) == (0, 2)


def test_large_letters_go_in_batches_that_sqs_takes(operated: Operated) -> None:
    for number in range(6):
        operated.deployed.workplace.put(json.dumps("x" * 200_000), MessageId=f"m-{number}", ClientId="acme")
    operated.deployed.fail(DeadLetter("unused"))
    assert len(operated.dead()) == 6
    assert operated.webhooks("dead-letters", "redrive", "--yes").exit_code == 0
    assert (len(operated.dead()), len(operated.waiting())) == (0, 6)
