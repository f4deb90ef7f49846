"""Replays: which events are sent again, in which order, and what comes of it."""

from pathlib import Path

import pytest

from tests.cli.operated import ORDERS, Operated, order
from tests.unit.examples import event
from webhooks.event import EventKey
from webhooks.retries import DeadLetter
from webhooks_cli.errors import ToolFailed

TEN = [order(f"m-{number}", minute=number) for number in range(10)]


@pytest.fixture(autouse=True)
def replays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where replays are kept."""
    monkeypatch.setattr("webhooks_cli.replay.FOLDER", tmp_path)
    return tmp_path


def sent(operated: Operated, event_type: str = ORDERS) -> list[str]:
    """The message ids in a queue, in order."""
    return [message.id for message in operated.waiting(event_type)]


def test_selected_events_are_sent_in_order_of_arrival_and_say_that_they_are_replayed(operated: Operated) -> None:
    operated.keep(*reversed(TEN))
    told = operated.webhooks.json("replay", "--type", ORDERS, "--since", "2026-11-24T11:03", "--yes")
    assert (told["sent"], told["unpublished"], told["number"]) == (7, 0, 7)
    assert sent(operated) == [f"m-{number}" for number in range(3, 10)]
    message = operated.waiting()[0]
    assert (message.body, message.group) == ('{"OrderNumber":1}', None)
    assert message.attributes == {
        "MessageId": "m-3",
        "ClientId": "acme",
        "EventType": ORDERS,
        "ReceivedAt": "2026-11-24T11:03:00.0000000Z",
        "Replay": told["name"],
    }


def test_they_are_selected_as_they_are_listed(operated: Operated) -> None:
    other = EventKey("m-x", "other", "Foo")
    operated.keep(*TEN, event(key=other, queue="CustomEvent", received_at=TEN[5].received_at))
    for options, found in {
        "--until 2026-11-24T11:02": ["m-0", "m-1"],
        "--since 2026-11-24T11:05 --until 2026-11-24T11:07": ["m-5", "m-6", "m-x"],
        "--type Foo": ["m-x"],
        "--client other": ["m-x"],
        "--since 2h --limit 3": ["m-0", "m-1", "m-2"],
        "--state handled": [],
    }.items():
        operated.empty()
        assert operated.webhooks("replay", "--yes", *options.split()).exit_code == 0
        assert sent(operated) + sent(operated, "CustomEvent") == found


def test_events_of_several_types_go_each_to_its_queue(operated: Operated) -> None:
    associate = event(key=EventKey("a-1", "acme", "UpdateAssociateEvent"), received_at=TEN[3].received_at)
    operated.keep(*TEN, associate)
    operated.webhooks("replay", "--since", "2h", "--yes")
    assert (sent(operated), sent(operated, "UpdateAssociateEvent")) == ([each.key.message_id for each in TEN], ["a-1"])


def test_events_can_be_named(operated: Operated) -> None:
    operated.keep(*TEN, event(key=EventKey("m-3", "other", ORDERS), received_at=TEN[9].received_at))
    assert operated.webhooks("replay", "m-3", "m-2", "m-3", "--yes").exit_code == 0
    assert sent(operated) == ["m-2", "m-3", "m-3"]


def test_an_id_that_the_inbox_does_not_know_is_an_error_and_nothing_is_sent(operated: Operated) -> None:
    operated.keep(*TEN)
    result = operated.webhooks("replay", "m-3", "m-x", "--yes")
    assert isinstance(result.exception, ToolFailed)
    assert "the inbox has no event m-x" in str(result.exception)
    assert not sent(operated)


def test_what_is_to_be_sent_has_to_be_said_once(operated: Operated) -> None:
    operated.keep(*TEN)
    for options in ("", "m-1 --type CreateOrderEvent", "--resume r-1 m-1", "--resume r-1 --again"):
        assert operated.webhooks("replay", *options.split(), "--yes").exit_code == 2
    assert not sent(operated)


def test_handled_events_are_dropped_by_their_handler_unless_they_shall_take_effect_again(operated: Operated) -> None:
    operated.keep(*TEN[:2])
    operated.webhooks("replay", "--type", ORDERS, "--yes")
    assert operated.runs() == ["m-0", "m-1"]
    operated.webhooks("replay", "--type", ORDERS, "--yes")
    assert operated.runs() == []
    name = operated.webhooks.json("replay", "--type", ORDERS, "--again", "--yes")["name"]
    assert operated.runs() == [f"m-0 {name}", f"m-1 {name}"]


def test_a_dead_letter_of_the_inbox_can_be_replayed_too(operated: Operated) -> None:
    operated.deployed.publish(*TEN[:2])
    operated.deployed.fail(DeadLetter("no such order"))
    assert operated.webhooks("replay", "--type", ORDERS, "--state", "dead-letter", "--yes").exit_code == 0
    assert operated.runs() == ["m-0", "m-1"]


def test_what_was_discarded_can_be_replayed(operated: Operated) -> None:
    operated.bury("m-1", "m-2")
    operated.webhooks("dead-letters", "discard", "--id", "m-2", "--yes")
    operated.webhooks("replay", "--state", "discarded", "--yes")
    assert operated.runs() == ["m-2"]


def test_the_question_tells_how_many_there_are_and_how_many_were_handled(operated: Operated) -> None:
    operated.keep(*TEN)
    operated.webhooks("replay", "m-1", "m-2", "--yes")
    operated.runs()
    asked = operated.webhooks("replay", "--type", ORDERS, typed="n\n").stderr
    assert "10 events, 2 of them handled before; those that were handled are dropped" in asked
    assert "take effect again" in operated.webhooks("replay", "--type", ORDERS, "--again", typed="n\n").stderr


def test_of_many_events_only_the_index_is_counted(operated: Operated, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webhooks_cli.replay._FEW", 9)
    operated.keep(*TEN)
    told = operated.webhooks.json("replay", "--type", ORDERS, "--dry-run")
    assert told == {"number": 10, "handled": None, "again": False}


def test_a_dry_run_and_a_no_change_nothing(operated: Operated, replays: Path) -> None:
    operated.keep(*TEN)
    before = operated.everything()
    for options, typed in ((["--dry-run"], None), (["--dry-run", "--yes"], None), ([], "n\n"), ([], None)):
        result = operated.webhooks("replay", "--type", ORDERS, *options, typed=typed)
        assert (result.exit_code, "10 events" in result.stderr) == (0 if options else 1, True)
        assert (operated.everything(), list(replays.iterdir())) == (before, [])


def test_where_there_is_nothing_to_send_nothing_is_asked(operated: Operated, replays: Path) -> None:
    result = operated.webhooks("replay", "--type", ORDERS)
    assert (result.exit_code, list(replays.iterdir())) == (0, [])
    assert "0 events" in result.stderr


def test_what_is_not_published_yet_is_left_to_the_relay(operated: Operated) -> None:
    operated.keep(*TEN[:5])
    operated.deployed.accept(*TEN[5:])
    result = operated.webhooks("replay", "--type", ORDERS, "--yes")
    assert "5 are not published yet: the relay sends them" in result.stderr
    assert sent(operated) == ["m-0", "m-1", "m-2", "m-3", "m-4"]


def test_a_large_body_travels_by_its_reference(operated: Operated) -> None:
    operated.keep(order("m-1", body="", body_reference="bodies/abc"))
    operated.webhooks("replay", "m-1", "--yes")
    (message,) = operated.waiting()
    assert (message.body, message.attributes["BodyReference"]) == ("{}", "bodies/abc")
