"""A live stack, as `make up` starts it: what is saved runs at once, and nothing is lost or counted as failed."""

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import psutil
import pytest

from tests.dap import attached
from tests.e2e.test_local_stack import emulators, run, up, wait_for
from tools.local.client import wait_until
from tools.local.emulator import Emulator
from tools.reference import reference_project
from webhooks.dates import timestamp

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
    stack: dict[str, Any]
    _sent: list[str] = field(default_factory=list)

    def save(self, body: str) -> None:
        """Save the handler, as an editor does."""
        save(self.app, HANDLER.replace("BODY", body))

    @property
    def app(self) -> Path:
        """The handler's file."""
        return self.project / "functions" / "handlers" / TYPE / "app.py"

    def send(self) -> str:
        """Send an event, which is newer than those before; returns its id."""
        self._sent.append(f"live-{len(self._sent)}")
        fields = ("--set", "OrderNumber=7", "--set", f"EventDateUtc={timestamp(datetime.now(UTC))}")
        sent = run(self.project, "webhooks_cli", "send", TYPE, *fields, "--message-id", self._sent[-1])
        assert sent.returncode == 0, sent.stderr
        return self._sent[-1]

    def client(self, service: str) -> Any:
        """A client of the emulator."""
        emulator = self.stack["emulator"]
        return Emulator(**emulator | {"log": Path(emulator["log"])}).client(service)

    def reports(self) -> list[dict[str, Any]]:
        """What the handler has reported."""
        lines = (self.project / ".local" / "live.jsonl").read_text().splitlines()
        return [report for report in map(json.loads, lines) if report["handler"] == TYPE]

    def seconds_to_record(self, saved: Path, build: str) -> float:
        """Wait until a build has written the record; the time since the file was saved."""
        until(lambda: self.builds()[-1:] == [build], "the record")
        *_, last = (report for report in self.reports() if "Build" in report.get("after", {}))
        return datetime.fromisoformat(last["at"]).timestamp() - saved.stat().st_mtime

    def builds(self) -> list[str]:
        """The builds that have written the record, in order of time."""
        return [report["after"]["Build"]["S"] for report in self.reports() if "Build" in report.get("after", {})]

    def runs(self, message_id: str) -> int:
        """How often the handler ran for an event."""
        return sum(report.get("line") == f"ran {message_id}" for report in self.reports())

    def story(self, message_id: str) -> dict[str, Any]:
        """What the command shows of an event."""
        shown = run(self.project, "webhooks_cli", "events", "show", message_id, "--json")
        (story,) = json.loads(shown.stdout)
        return dict(story)


def save(path: Path, text: str) -> None:
    """Save a file, as an editor does."""
    new = path.with_suffix(".new")
    new.write_text(text)
    new.replace(path)


pytestmark = pytest.mark.thorough  # tests/integration/test_live_stub.py plays the stub without a stack


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    project = reference_project(tmp_path_factory.mktemp("live") / "project", [TYPE, "CustomEvent"])
    with up(project, LIVE="1") as process:
        wait_for(process, "Live: handlers")
        wait_for(process, "What the functions log follows")
        rest = threading.Thread(target=process.stdout.readlines if process.stdout else None)
        rest.start()  # a full pipe would stop it
        yield Live(project, json.loads((project / ".local" / "stack.json").read_text()))
        functions = [each for pid in emulators(project) for each in psutil.Process(pid).children(recursive=True)]
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 130
        rest.join()
        assert functions
        assert not psutil.wait_procs(functions, 5)[1]


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
    message_id, seconds = "", list[float]()
    live.save("raise ValueError('not yet')")
    message_id = live.send()
    until(lambda: live.runs(message_id), "the first run")
    with dev(live, "--again"):
        for number in range(20):
            live.save(SAVES.format(f"b{number}"))
            seconds.append(live.seconds_to_record(live.app, f"b{number}"))
    assert_soon(seconds)
    assert live.builds() == [f"b{number}" for number in range(20)]


def assert_soon(seconds: list[float]) -> None:
    """Print the distribution for `pytest -rP`; half of the saves must not take a second on a busy machine either."""
    print("save to record:", *(f"{each:.2f}" for each in sorted(seconds)))  # noqa: T201
    assert median(seconds) <= 1


def test_a_syntax_error_costs_no_event(live: Live) -> None:
    live.save("return return")
    message_id = live.send()
    until(lambda: [report for report in live.reports() if "SyntaxError" in report.get("broken", "")], "a report")
    live.save(SAVES.format("repaired"))
    until(lambda: live.runs(message_id), "a run")
    until(lambda: live.story(message_id)["state"] == "handled", "its end")
    assert live.story(message_id)["failures"] == 0
    assert live.runs(message_id) == 1


def test_each_save_of_the_product_is_recorded_soon(live: Live) -> None:
    records = live.project / "layers" / "core" / "webhooks" / "records.py"
    text, seconds = records.read_text(), list[float]()
    save(records, f"{text}\nPRODUCT = 'as it was'\n")
    live.save("import webhooks.records; save_record(event, Build=webhooks.records.PRODUCT)")
    live.send()
    until(lambda: live.builds()[-1] == "as it was", "the record")
    with dev(live, "--again"):
        for number in range(20):
            save(records, f"{text}\nPRODUCT = 'p{number}'\n")
            seconds.append(live.seconds_to_record(records, f"p{number}"))
    assert_soon(seconds)
    save(records, text)


def test_the_readmes_story_needs_no_redeploy(live: Live) -> None:
    story = (
        (live.project / "README.md").read_text().partition("$ webhooks dev FinalizeOrderEvent\n")[2].partition("```")[0]
    )
    typo = "save_record(event, f'ORDER#{event.order_numer}', 'ORDER')"
    with dev(live) as process:
        live.save(typo)
        message_id = live.send()
        assert "again in 5 s" in wait_for(process, f"{message_id} failed in")
        assert wait_for(process, "AttributeError: ").strip() in story
        live.save(typo.replace("numer", "number"))
        wait_for(process, "app.py saved")
        wait_for(process, f"{message_id} is sent again")
        assert "after the save" in wait_for(process, f"{message_id} handled in")
        assert "ORDER#7 ORDER" in wait_for(process, "ORDER#7")


@pytest.mark.parametrize("step", ["watching", "saved", "is sent again", "handled in"])
def test_a_killed_dev_loses_and_doubles_nothing(live: Live, step: str) -> None:
    message_id = failed(live)
    with dev(live) as process:
        if step != "watching":
            live.save(SAVES.format(message_id))
            wait_for(process, step)
        process.kill()
    live.save(SAVES.format(message_id))
    run(live.project, "webhooks_cli", "replay", message_id, "--yes")
    handled_once(live, message_id)


@pytest.mark.parametrize("seconds", [0.1, 0.3])
def test_a_dev_killed_at_random_loses_nothing(live: Live, seconds: float) -> None:
    message_id = failed(live)
    with dev(live) as process:
        live.save(SAVES.format(message_id))
        time.sleep(seconds)
        process.kill()
    run(live.project, "webhooks_cli", "replay", message_id, "--yes")
    handled_once(live, message_id)


def failed(live: Live) -> str:
    """Send an event that fails at first; returns its id."""
    live.save("raise ValueError('not yet')")
    message_id = live.send()
    until(lambda: live.runs(message_id), "the failure")
    return message_id


def handled_once(live: Live, message_id: str) -> None:
    """Wait until an event is handled; it was saved once."""
    until(lambda: message_id in live.builds(), "the record")
    until(lambda: live.story(message_id)["state"] == "handled", "its end")
    assert live.builds().count(message_id) == 1


LINE = HANDLER.splitlines().index("    BODY") + 1


@contextmanager
def debugged(live: Live) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Run `webhooks dev --debug`; the process and the port."""
    live.save(SAVES.format("debugged"))
    command = [sys.executable, "-u", "-m", "webhooks_cli", "dev", TYPE, "--debug", "--port", "0"]
    with subprocess.Popen(
        command, cwd=live.project, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        port = int(wait_for(process, "debugging").partition("127.0.0.1:")[2].partition(":")[0])
        wait_for(process, "watching")
        try:
            yield process, port
        finally:
            process.send_signal(signal.SIGTERM)


@pytest.mark.parametrize("seconds", [35])
def test_one_attach_survives_a_pause_and_a_save(live: Live, seconds: float) -> None:
    """Ten minutes were played too."""
    with debugged(live) as (_, port), attached(port, live.app, LINE) as editor:
        first = live.send()
        thread = editor.stopped()
        assert editor.look(thread, "event.order_number") == (LINE, "7")
        second = live.send()
        time.sleep(seconds)
        editor.go_on(thread)
        handled_first = editor.stopped()
        editor.go_on(handled_first)
        handled(live, first, second)
        live.save(SAVES.format("saved"))
        third = live.send()
        thread = editor.stopped()
        assert editor.look(thread, "event.accepted.key.message_id") == (LINE, f"'{third}'")
        editor.go_on(thread)
        handled(live, third)
    assert live.builds()[-3:] == ["debugged", "debugged", "saved"], live.reports()[-40:]


def handled(live: Live, *message_ids: str) -> None:
    """Wait until events are handled; each was tried once, and failed never."""
    for message_id in message_ids:
        until(lambda each=message_id: live.story(each)["state"] == "handled", "its end")  # type: ignore[misc]
        assert live.story(message_id)["failures"] == 0
        assert live.runs(message_id) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_the_function_outlives_dev(live: Live, number: signal.Signals) -> None:
    with debugged(live) as (process, port):
        with attached(port, live.app, LINE) as editor:
            message_id = live.send()
            editor.stopped()
            process.send_signal(number)
            assert editor.ended()
        handled(live, message_id)
    with dev(live):
        name = f"{live.stack['name']}-{TYPE}"
        assert "ReservedConcurrentExecutions" not in live.client("lambda").get_function_concurrency(FunctionName=name)
    assert not [each for each in listening(live) if each.port == port]


def test_nothing_listens_but_on_loopback(live: Live) -> None:
    with debugged(live) as (_, port):
        found = listening(live)
        assert port in {address.port for address in found}
        assert {address.ip for address in found} == {"127.0.0.1"}


def listening(live: Live) -> list[Any]:
    """The addresses on which the emulator and its functions listen."""
    (pid,) = emulators(live.project)
    processes = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    return [each.laddr for process in processes for each in process.net_connections() if each.status == "LISTEN"]
