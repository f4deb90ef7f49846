"""A live stack, as `make up` starts it: what is saved runs at once, and nothing is lost or counted as failed."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.e2e.test_local_stack import emulators, run, up, wait_for
from tools.local.client import wait_until
from tools.reference import reference_project

TYPE = "FinalizeOrderEvent"
HANDLER = f"""
from webhooks.handlers import {TYPE}, handler, save_record


@handler({TYPE})
def handle(event: {TYPE}) -> None:
    print("ran", event.accepted.key.message_id)
    BODY
"""
SAVES = "save_record(event, Build={!r})"
_WITHIN = 60.0


@dataclass
class Live:
    """A checkout, in which `make up` runs."""

    project: Path
    port: int
    _sent: list[str] = field(default_factory=list)

    def save(self, body: str) -> None:
        """Save the handler, as an editor does."""
        app = self.project / "functions" / "handlers" / TYPE / "app.py"
        new = app.with_suffix(".new")
        new.write_text(HANDLER.replace("BODY", body))
        new.replace(app)

    def send(self) -> str:
        """Send an event; returns its id."""
        self._sent.append(f"live-{len(self._sent)}")
        sent = run(self.project, "webhooks_cli", "send", TYPE, "--set", "OrderNumber=7", "--message-id", self._sent[-1])
        assert sent.returncode == 0, sent.stderr
        return self._sent[-1]

    def reports(self) -> list[dict[str, Any]]:
        """What the handler has reported."""
        lines = (self.project / ".local" / "live.jsonl").read_text().splitlines()
        return [report for report in map(json.loads, lines) if report["handler"] == TYPE]

    def builds(self) -> list[str]:
        """The builds that have written the record, in order of time."""
        return [report["after"]["Build"]["S"] for report in self.reports() if "after" in report]

    def runs(self, message_id: str) -> int:
        """How often the handler ran for an event."""
        return sum(report.get("line") == f"ran {message_id}" for report in self.reports())

    def story(self, message_id: str) -> dict[str, Any]:
        """What the command shows of an event."""
        shown = run(self.project, "webhooks_cli", "events", "show", message_id, "--json")
        (story,) = json.loads(shown.stdout)
        return dict(story)


pytestmark = pytest.mark.thorough  # tests/integration/test_live_stub.py plays the stub without a stack


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    project = reference_project(tmp_path_factory.mktemp("live") / "project", [TYPE, "CustomEvent"])
    with up(project, LIVE="1") as process:
        wait_for(process, "Live: handlers")
        wait_for(process, "What the functions log follows")
        state = json.loads((project / ".local" / "stack.json").read_text())
        yield Live(project, state["emulator"]["port"])
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 130


@contextmanager
def dev(live: Live, *options: str) -> Iterator[subprocess.Popen[str]]:
    """Run `webhooks dev` for the length of the block; it watches already."""
    command = [sys.executable, "-u", "-m", "webhooks_cli", "dev", TYPE, *options]
    with subprocess.Popen(
        command, cwd=live.project, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        wait_for(process, "watching")
        try:
            yield process
        finally:
            process.kill()


def until(probe: Callable[[], Any], what: str) -> None:
    wait_until(probe, bool, what, seconds=_WITHIN)


def test_each_save_is_recorded_soon(live: Live) -> None:
    """The distribution is printed with `pytest -rP`; a second is the aim on an idle machine."""
    message_id, seconds = "", list[float]()
    live.save("raise ValueError('not yet')")
    message_id = live.send()
    until(lambda: live.runs(message_id), "the first run")
    with dev(live, "--again"):
        for number in range(20):
            live.save(SAVES.format(f"b{number}"))
            saved = time.monotonic()
            until(lambda number=number: live.builds()[-1:] == [f"b{number}"], "the record")  # type: ignore[misc]
            seconds.append(time.monotonic() - saved)
    print("save to record:", *(f"{each:.2f}" for each in sorted(seconds)))  # noqa: T201 - for `pytest -rP`
    assert live.builds() == [f"b{number}" for number in range(20)]


def test_a_syntax_error_costs_no_event(live: Live) -> None:
    live.save("return return")
    message_id = live.send()
    until(lambda: [report for report in live.reports() if "SyntaxError" in report.get("broken", "")], "a report")
    live.save(SAVES.format("repaired"))
    until(lambda: live.runs(message_id), "a run")
    until(lambda: live.story(message_id)["state"] == "handled", "its end")
    assert live.story(message_id)["failures"] == 0
    assert live.runs(message_id) == 1


def test_a_save_of_the_product_is_recorded(live: Live) -> None:
    records = live.project / "layers" / "core" / "webhooks" / "records.py"
    records.write_text(records.read_text() + "\nPRODUCT = 'saved'\n")
    live.save("import webhooks.records; save_record(event, Build=webhooks.records.PRODUCT)")
    live.send()
    until(lambda: live.builds()[-1] == "saved", "the record")


@pytest.mark.parametrize("seconds", [0.1, 0.3])
def test_a_killed_dev_loses_and_doubles_nothing(live: Live, seconds: float) -> None:
    live.save("raise ValueError('not yet')")
    message_id = live.send()
    until(lambda: live.runs(message_id), "the failure")
    with dev(live) as process:
        live.save(SAVES.format(message_id))
        time.sleep(seconds)
        process.kill()
    run(live.project, "webhooks_cli", "replay", message_id, "--yes")
    until(lambda: message_id in live.builds(), "the record")
    until(lambda: live.story(message_id)["state"] == "handled", "its end")
    assert live.builds().count(message_id) == 1


def test_nothing_listens_but_on_loopback(live: Live) -> None:
    (pid,) = emulators(live.project)
    processes = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    listening = [each.laddr for process in processes for each in process.net_connections() if each.status == "LISTEN"]
    assert {address.ip for address in listening} == {"127.0.0.1"}
