"""`webhooks dev`: what it says of an event, what a save sends again, and that its death costs nothing."""

import json
import os
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.cli.cli_env import ORDERS, CliEnv, order
from webhooks_cli.commands import dev
from webhooks_cli.operations.checkout import Checkout
from webhooks_cli.operations.errors import OperationFailed
from webhooks_cli.operations.inbox import Inbox
from webhooks_cli.operations.live import Files, Stream, last_event, live_checkout, send_again

APP = Path("functions", "handlers", ORDERS, "app.py")


class Killed(BaseException):
    """The process is dead."""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with a live stack."""
    for folder in (APP.parent, APP.parent.with_name("CustomEvent"), Path("layers", "core", "webhooks"), Path(".local")):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "template.yaml").touch()
    (tmp_path / APP).touch()
    (tmp_path / ".local" / "stack.json").write_text(json.dumps({"live": True}))
    monkeypatch.setattr(Checkout, "find", lambda: Checkout(tmp_path))
    monkeypatch.setattr("webhooks_cli.operations.replays.folder", lambda: tmp_path / "replays")
    return tmp_path


@pytest.fixture
def loop(cli_env: CliEnv, project: Path) -> Any:
    """The command's loop."""
    checkout = live_checkout()
    files = Files(checkout, [ORDERS, "CustomEvent"])
    return dev._Loop(cli_env.stack, files, Stream(checkout.live_stream), dev._Screen(project), again=False)  # noqa: SLF001


def save(path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text("saved")
    os.utime(path, ns=(0, path.stat().st_mtime_ns + 1))


def report(project: Path, **fields: Any) -> None:
    with (project / ".local" / "live.jsonl").open("a") as stream:
        stream.write(json.dumps({"at": "2026-11-24T12:00:00+00:00", "handler": ORDERS} | fields) + "\n")


def line(message: str, **fields: Any) -> str:
    return json.dumps({"level": "INFO", "message": message, "message_id": "m-1"} | fields)


@pytest.mark.usefixtures("project")
def test_a_kill_loses_and_doubles_nothing(cli_env: CliEnv) -> None:
    left = [0]

    def tick(**_: Any) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise Killed

    for service in ("dynamodb", "sqs"):
        for moment in ("before-call", "after-call"):
            cli_env.stack.client(service).meta.events.register(moment, tick)
    for number in count(1):
        cli_env.publish(order(f"m-{number}", minute=number))
        cli_env.fail(ValueError())
        left[0], killed = number, False
        try:
            inbox = Inbox.of(cli_env.stack)
            last = last_event(inbox, ORDERS)
            assert last
            send_again(cli_env.stack, inbox, last, ORDERS, again=False)
        except Killed:
            killed = True
        left[0] = 0
        cli_env.clock.shift(10)  # the retry is due
        assert cli_env.handle() == [f"m-{number}"]
        assert not cli_env.waiting()
        if not killed:
            break
    assert number > 8


@pytest.mark.parametrize("path", [APP, APP.parents[1] / "shared" / "erp.py"])
def test_a_save_sends_a_failed_event_again(cli_env: CliEnv, project: Path, loop: Any, path: Path) -> None:
    """A folder beside the handlers counts for those that link to it."""
    (project / APP).with_name("shared").symlink_to("../shared")
    cli_env.publish(order("m-1"))
    cli_env.fail(ValueError())
    save(project / path)
    assert loop.step("")
    assert [message.visible for message in cli_env.waiting()] == [False, True]
    assert cli_env.handle() == ["m-1"]


@pytest.mark.parametrize("path", [APP, Path("layers", "core", "webhooks", "new.py")])
def test_a_save_sends_no_handled_event(cli_env: CliEnv, project: Path, loop: Any, path: Path) -> None:
    cli_env.publish(order("m-1"))
    cli_env.handle()
    save(project / path)
    loop.step("")
    assert not cli_env.waiting()


def test_a_save_of_the_product_sends_failed_events(cli_env: CliEnv, project: Path, loop: Any) -> None:
    cli_env.give_up("m-1")
    save(project / "layers" / "core" / "webhooks" / "new.py")
    loop.step("")
    assert cli_env.handle() == ["m-1"]


def test_a_key_runs_a_handled_event_again(cli_env: CliEnv, loop: Any) -> None:
    cli_env.publish(order("m-1"))
    cli_env.handle()
    loop.step("r")
    (run,) = cli_env.handle()
    assert run.startswith("m-1 ")
    assert run.endswith("-again")


@pytest.mark.parametrize("name", ["template.yaml", f"{APP.parent}/requirements.txt"])
def test_what_needs_a_redeploy_is_said(project: Path, loop: Any, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    save(project / name)
    loop.step("")
    assert f"{name} saved: this takes effect with `make redeploy`" in capsys.readouterr().out


def test_a_failure_is_shown_whole(project: Path, loop: Any, capsys: pytest.CaptureFixture[str]) -> None:
    report(project, begun=1)
    report(project, traceback="Traceback:\n  its frames\nValueError: its text")
    report(project, line=line("failed", again_in_seconds=5))
    loop.step("")
    printed = capsys.readouterr().out
    assert f"{ORDERS} m-1 failed in 0.00 s, again in 5 s" in printed
    assert printed.splitlines()[-3:] == [
        " " * 9 + each for each in ("Traceback:", "  its frames", "ValueError: its text")
    ]


def test_changes_of_records_are_shown(project: Path, loop: Any, capsys: pytest.CaptureFixture[str]) -> None:
    old = {"pk": {"S": "ORDER#1"}, "sk": {"S": "ORDER"}, "Total": {"N": "1.1"}, "Same": {"S": "x"}}
    report(project, before=old, after=old | {"Total": {"N": "2"}, "version": {"S": "new"}})
    report(project, line=line("handled"))
    loop.step("")
    assert capsys.readouterr().out.splitlines()[-1].strip() == "ORDER#1 ORDER  Total  1.1 → 2"


def test_other_handlers_are_not_shown(project: Path, loop: Any, capsys: pytest.CaptureFixture[str]) -> None:
    report(project, handler="relay", line="of the relay")
    loop.step("")
    assert not capsys.readouterr().out


def test_a_built_stack_is_refused(project: Path) -> None:
    (project / ".local" / "stack.json").write_text("{}")
    with pytest.raises(OperationFailed, match="LIVE=0"):
        live_checkout()
