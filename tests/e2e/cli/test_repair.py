"""Pausing, dead letters and replays on the deployed stack, also with the command killed halfway."""

import json
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.cli.events import Custom, events
from tests.e2e.cli.webhooks import Webhooks
from tools.errors import ToolFailed
from tools.local.client import log_lines, wait_until
from tools.local.stack import LocalStack
from webhooks.event import CUSTOM, AcceptedEvent
from webhooks.policy import VISIBILITY_TIMEOUT

PATIENCE = VISIBILITY_TIMEOUT + 60
"""Seconds. A message whose run is cut short, as on a busy machine, comes back after its visibility timeout."""


@pytest.fixture
def custom(stack: LocalStack) -> Custom:
    """CustomEvent's queue, dead letters and handler."""
    return Custom(stack)


def handled_once(custom: Custom, some: list[AcceptedEvent], replay: str = "") -> None:
    """Wait until each of the events was handled, and check that each was handled once."""
    try:
        wait_until(lambda: custom.runs(some), lambda runs: len(runs) == len(some), "all handled", seconds=PATIENCE)
    except ToolFailed:
        handled = {message_id for message_id, _ in custom.runs(some)}
        others = {event.key.message_id for event in some} - handled
        pytest.fail(f"{[line for line in log_lines(custom.stack, CUSTOM) if line.get('message_id') in others]}")
    wait_until(custom.waiting, lambda waiting: not waiting, "the queue empty")
    assert custom.runs(some) == Counter((event.key.message_id, replay) for event in some)


def test_a_paused_type_waits_until_resumed(custom: Custom, webhooks: Webhooks) -> None:
    some = events("PauseTest", 1)
    try:
        assert webhooks("pause", CUSTOM).code == 0
        custom.store(some)
        custom.send(some)
        time.sleep(1.5)  # longer than the handler's source waits for a batch to fill
        assert (custom.waiting(), custom.runs(some)) == (1, Counter())
    finally:
        assert webhooks("resume", CUSTOM).code == 0
    handled_once(custom, some)


def test_a_dead_letter_is_redriven(custom: Custom, webhooks: Webhooks) -> None:
    """Its handler may not save records, eight times; then it may, and the dead letter is sent back."""
    (event,) = some = events("RedriveTest", 1)
    custom.store(some)
    custom.fail_often(event)
    with custom.without_records():
        custom.send(some)
        wait_until(custom.dead, lambda dead: dead == (1, 0), "a dead letter")
    (letter,) = webhooks.json("dead-letters", "list", "--id", event.key.message_id, "--reveal")
    assert (letter["event_type"], letter["queue"], letter["failures"]) == ("RedriveTest", CUSTOM, 8)
    assert "AccessDenied" in letter["reason"]
    unchanged = custom.dead(), custom.trouble(event)
    choice = (CUSTOM, "--error", "accessdenied")
    (group,) = webhooks.json("dead-letters", "redrive", *choice, "--dry-run")
    assert group["number"] == 1
    (group,) = webhooks.json("dead-letters", "discard", *choice, "--dry-run")
    assert (custom.dead(), custom.trouble(event)) == unchanged
    assert webhooks("dead-letters", "redrive", *choice, typed="y\n").code == 0
    assert custom.dead() == (0, 0)
    handled_once(custom, some)


def test_a_discarded_dead_letter_can_be_replayed(custom: Custom, webhooks: Webhooks) -> None:
    (event,) = some = events("DiscardTest", 1)
    custom.store(some)
    custom.send(some, dead=True)
    assert webhooks("dead-letters", "discard", "DiscardTest", "--yes").code == 0
    assert custom.dead() == (0, 0)
    assert "discarded_at" in custom.trouble(event)
    before = custom.item(event), custom.waiting()
    assert webhooks.json("replay", event.key.message_id, "--dry-run") == {"number": 1, "handled": 0, "again": False}
    assert (custom.item(event), custom.waiting(), custom.runs(some)) == (*before, Counter())
    name = webhooks.json("replay", event.key.message_id, "--yes")["name"]
    handled_once(custom, some, name)


@pytest.mark.timeout(600)
def test_killed_commands_lose_and_repeat_nothing(
    custom: Custom, webhooks: Webhooks, notes: Callable[[], dict[str, Any]]
) -> None:
    """In one test: the dead letters that the killed redrive has hidden become visible meanwhile."""
    letters, replayed = events("KilledRedriveTest", 50), events("KilledReplayTest", 40)
    custom.store([*letters, *replayed])
    custom.send(letters, dead=True)
    redrive = webhooks.start("dead-letters", "redrive", CUSTOM, "--yes")
    kill_when(lambda: sum(custom.dead()) <= 40, redrive)
    assert sum(custom.dead()) > 0

    replay = webhooks.start("replay", "--type", "KilledReplayTest", "--again", "--rate", "20", "--yes")
    kill_when(lambda: notes().get("sent", 0) >= 10, replay)
    name = notes()["name"]
    assert notes()["sent"] < 40
    assert webhooks("replay", "--resume", name, "--yes").code == 0
    handled_once(custom, replayed, name)

    wait_until(custom.dead, lambda dead: not dead[1], "no dead letter hidden")
    assert webhooks("dead-letters", "redrive", CUSTOM, "--yes").code == 0
    assert custom.dead() == (0, 0)
    handled_once(custom, letters)


@pytest.fixture
def notes(project: Path) -> Callable[[], dict[str, Any]]:
    """The replay that the test stores."""
    folder = project / ".local" / "replays"
    before = set(folder.glob("*.json"))
    return lambda: next((json.loads(path.read_text()) for path in folder.glob("*.json") if path not in before), {})


def kill_when(far_enough: Callable[[], bool], command: subprocess.Popen[str]) -> None:
    """Kill a command halfway."""
    while not far_enough():
        assert command.poll() is None, command.communicate()
    command.kill()
    assert command.wait() == -signal.SIGKILL
    command.communicate()
