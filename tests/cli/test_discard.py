"""Discarding dead letters: what they tell of stays in the inbox."""

from tests.cli.operated import ORDERS, Operated


def test_a_discarded_letter_is_gone_and_its_event_stays_with_a_note(operated: Operated) -> None:
    operated.bury("m-1", "m-2")
    (before, _) = sorted(operated.deployed.workplace.items(), key=lambda item: item["message_id"]["S"])
    result = operated.webhooks("dead-letters", "discard", "--id", "m-1", "--yes")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "1 dead letter discarded" in result.stderr
    assert ([letter.id for letter in operated.dead()], operated.waiting()) == (["m-2"], [])
    (after, other) = sorted(operated.deployed.workplace.items(), key=lambda item: item["message_id"]["S"])
    assert "discarded_at" not in other
    assert after.pop("discarded_at")["S"] > before["given_up_at"]["S"]
    assert after == before
    assert [operated.story(each)["state"] for each in ("m-1", "m-2")] == ["discarded", "dead-letter"]
    assert "its dead letter was discarded" in operated.story("m-1")["whereabouts"]


def test_one_that_sqs_gave_up_and_that_is_discarded_is_so_in_the_inbox_too(operated: Operated) -> None:
    operated.let_sqs_bury("m-1")
    assert operated.story("m-1")["state"] == "waiting"
    operated.webhooks("dead-letters", "discard", ORDERS, "--yes")
    assert operated.story("m-1")["state"] == "discarded"


def test_a_letter_whose_event_is_not_in_the_inbox_any_more_is_discarded_and_makes_no_item(operated: Operated) -> None:
    operated.put(ORDERS, MessageId="m-1", ClientId="acme", EventType=ORDERS, ReceivedAt="2026-11-24T12:00:00.0000000Z")
    operated.put(ORDERS)
    assert operated.webhooks.json("dead-letters", "discard", ORDERS, "--yes")["done"] == 2
    assert (operated.dead(), operated.deployed.workplace.items()) == ([], [])


def test_to_discard_all_of_everything_has_to_be_said(operated: Operated) -> None:
    operated.bury("m-1")
    result = operated.webhooks("dead-letters", "discard", "--yes")
    assert (result.exit_code, len(operated.dead())) == (2, 1)
    assert "say which" in result.stderr
