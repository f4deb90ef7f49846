"""Replays that are stopped, and go on: all is sent, and what went twice takes effect once."""

import itertools
import re
import signal
from collections import Counter
from pathlib import Path

import pytest

from tests.cli.operated import ORDERS, Operated, order
from webhooks_cli.errors import ToolFailed
from webhooks_cli.replay import Replay

# Twelve in each minute: a replay is stopped among events of one moment.
EVENTS = [order(f"m-{number:02}", minute=number // 12) for number in range(24)]
IDS = [each.key.message_id for each in EVENTS]


@pytest.fixture(autouse=True)
def replays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where replays are kept."""
    monkeypatch.setattr("webhooks_cli.replay.FOLDER", tmp_path)
    return tmp_path


@pytest.fixture
def operated(operated: Operated) -> Operated:
    """With events in the inbox."""
    operated.keep(*EVENTS)
    return operated


class Clock:
    """Time that passes only in sleep."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.pauses.append(seconds)

    def monotonic(self) -> float:
        return self.now


class _Killed(BaseException):
    """Nothing gets to catch it."""


@pytest.mark.parametrize("chosen", [["--type", ORDERS], IDS], ids=["selected", "named"])
def test_killed_between_sending_and_noting_it_sends_that_batch_twice_and_each_takes_effect_once(
    operated: Operated, replays: Path, monkeypatch: pytest.MonkeyPatch, chosen: list[str]
) -> None:
    save, calls = Replay.save, itertools.count()

    def killed(replay: Replay) -> None:
        if next(calls) == 2:  # it is kept once before the first batch
            raise _Killed
        save(replay)

    with monkeypatch.context() as patch:
        patch.setattr(Replay, "save", killed)
        with pytest.raises(_Killed):
            operated.webhooks("replay", *chosen, "--again", "--yes")
    assert len(operated.waiting()) == 20
    (name,) = [path.stem for path in replays.iterdir()]
    told = operated.webhooks.json("replay", "--resume", name, "--yes")
    assert told == {"name": name, "number": 24, "sent": 24, "unpublished": 0}
    sent = Counter(message.id for message in operated.waiting())
    assert (sorted(sent), sum(sent.values())) == (IDS, 34)
    assert operated.runs() == [f"{each} {name}" for each in IDS]


def test_ctrl_c_tells_how_to_go_on_and_nothing_is_sent_twice(operated: Operated) -> None:
    presses = iter([signal.SIGINT])

    def press() -> None:
        for each in presses:
            signal.raise_signal(each)

    operated.on("after-call.sqs.SendMessageBatch", press)
    result = operated.webhooks("replay", "--type", ORDERS, "--yes")
    assert result.exit_code == 130
    told = " ".join(result.stderr.split())
    (name,) = re.findall(r"stopped: 10 of 24 events are sent; go on with `webhooks replay --resume (\S+)`", told)
    asked = operated.webhooks("replay", "--resume", name, typed="y\n").stderr
    assert "Send 14 events to their handlers again?" in asked
    assert sorted(message.id for message in operated.waiting()) == IDS


def test_a_replay_that_is_through_has_nothing_left(operated: Operated) -> None:
    name = operated.webhooks.json("replay", "--type", ORDERS, "--yes")["name"]
    result = operated.webhooks("replay", "--resume", name)
    assert (result.exit_code, len(operated.waiting())) == (0, 24)
    assert "0 events" in result.stderr


def test_a_limit_holds_for_the_whole_of_it(operated: Operated, replays: Path) -> None:
    operated.on("after-call.sqs.SendMessageBatch", lambda: signal.raise_signal(signal.SIGINT))
    codes = [operated.webhooks("replay", "--type", ORDERS, "--limit", "13", "--yes").exit_code]
    (name,) = [path.stem for path in replays.iterdir()]
    codes += [operated.webhooks("replay", "--resume", name, "--yes").exit_code for _ in range(2)]
    assert codes == [130, 130, 0]
    sent = sorted(message.id for message in operated.waiting())
    assert (sent[:12], len(set(sent))) == (IDS[:12], 13)


def test_what_a_queue_does_not_take_at_once_is_sent_until_it_does(
    operated: Operated, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr("webhooks_cli.resend.time", clock)
    operated.refuse("SendMessageBatch", {"3", "7"}, {"1"})
    assert operated.webhooks("replay", "--type", ORDERS, "--yes").exit_code == 0
    assert sorted(message.id for message in operated.waiting()) == IDS
    assert clock.pauses == [1, 2]


def test_where_a_queue_takes_nothing_the_replay_stops_there_and_can_go_on(
    operated: Operated, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webhooks_cli.resend.time", Clock())
    operated.refuse("SendMessageBatch", set(), {"3"}, {"0"}, {"0"}, {"0"})
    result = operated.webhooks("replay", "--type", ORDERS, "--yes")
    assert isinstance(result.exception, ToolFailed)
    (name,) = re.findall(r"does not take events: once it does, go on with .* --resume (\S+)`", str(result.exception))
    assert len(operated.waiting()) == 19
    operated.webhooks("replay", "--resume", name, "--yes")
    assert operated.runs() == IDS


def test_a_rate_is_kept(operated: Operated, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr("webhooks_cli.resend.time", clock)
    times: list[float] = []
    operated.on("before-call.sqs.SendMessageBatch", lambda: times.append(clock.now))
    operated.webhooks("replay", "--type", ORDERS, "--rate", "5", "--yes")
    assert times == [0, 1, 2, 3, 4]
    assert len(operated.waiting()) == 24


def test_a_replay_of_another_stack_is_not_gone_on_with(operated: Operated) -> None:
    Replay(name="r-1", queue="https://sqs.eu-west-1.amazonaws.com/1/live-events-CustomEvent").save()
    result = operated.webhooks("replay", "--resume", "r-1", "--yes")
    assert "r-1 replays events of another stack" in str(result.exception)
    assert not operated.waiting()


def test_a_name_that_no_replay_has_is_told_with_those_there_are(operated: Operated, replays: Path) -> None:
    (replays / "r-1.json").write_text("{}")
    for name in ("r-2", "/etc/passwd"):
        result = operated.webhooks("replay", "--resume", name, "--yes")
        assert f"no replay is called {name}; there are: r-1" in str(result.exception)


def test_a_file_that_is_broken_is_told_of(operated: Operated, replays: Path) -> None:
    (replays / "r-1.json").write_text('{"name": "r-1"')
    result = operated.webhooks("replay", "--resume", "r-1", "--yes")
    assert "r-1.json cannot be read: start the replay anew" in str(result.exception)
