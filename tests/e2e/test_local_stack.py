"""`make up` leaves nothing behind, however it ends."""

import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tools.local.client import wait_until
from tools.local.emulator import GUARD, emulator
from tools.local.sam import SamFailed
from tools.local.stack import deploy
from tools.reference import reference_project


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with one handler: a checkout in which no `make up` runs."""
    return reference_project(tmp_path_factory.mktemp("small") / "project", ["CustomEvent"])


@pytest.mark.thorough  # whatever ends the emulator's block stops it, as the signals below
def test_a_failed_deploy_stops_the_emulator(built: Path, project: Path) -> None:
    with pytest.raises(SamFailed, match="deploy"), emulator() as started:
        deploy(started, "1-is-not-a-stack-name", project, built=built)
    assert not psutil.pid_exists(started.pid)


@pytest.mark.thorough  # the signals below take the same way out
def test_a_closed_terminal_stops_the_emulator(small: Path) -> None:
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(small)
        os.execve(sys.executable, [sys.executable, "-m", "tools.up"], os.environ | {"TERM": "dumb"})  # noqa: S606
    printed = b""
    while "✓ start".encode() not in printed:
        printed += os.read(terminal, 1024)
    assert len(emulators(small)) == 1
    os.close(terminal)
    os.waitpid(pid, 0)
    assert emulators(small) == []


def test_repeated_signals_do_not_cut_the_cleanup_short(small: Path, tmp_path: Path) -> None:
    """From an impatient person, or from a supervisor. Before, a second `make up` is refused."""
    with up(small, TMPDIR=str(tmp_path)) as process:
        wait_for(process, "✓ start")
        assert len(emulators(small)) == 1
        second = run(small, "tools.up")
        assert second.returncode == 1
        assert f"already runs in this checkout (process {process.pid}): stop it with Ctrl-C" in second.stderr
        while process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.send_signal(signal.SIGTERM)
            time.sleep(0.01)
    assert emulators(small) == []
    wait_until(lambda: list(tmp_path.glob("webhooks-*")), lambda left: not left, "its home is deleted", seconds=120)


def test_the_terminal_shows_what_handlers_print(small: Path) -> None:
    """Until `make down` stops it."""
    app = small / "functions" / "handlers" / "CustomEvent" / "app.py"
    app.write_text(app.read_text() + '    print("printed by the handler")\n')
    with up(small) as process:
        wait_for(process, "What the functions log follows")
        sent = run(small, "webhooks_cli", "send", "Greeting", "--message-id", "greeting-1")
        assert sent.returncode == 0, sent.stderr
        wait_for(process, "accepted  greeting-1")
        wait_for(process, "printed by the handler")
        stopped = run(small, "tools.up", "--stop")
        assert f"stopped `make up` (process {process.pid})" in stopped.stdout
        assert process.wait(5) == 130
    assert emulators(small) == []
    assert "no `make up` runs in this checkout" in run(small, "tools.up", "--stop").stderr


def emulators(project: Path) -> list[int]:
    """The emulators that were started from a checkout."""
    return [process.pid for process in psutil.process_iter() if _is_emulator(process, project)]


def _is_emulator(process: psutil.Process, project: Path) -> bool:
    try:
        command = process.cmdline()
    except psutil.Error:
        return False
    return bool(command) and command[0].startswith(str(project)) and any(GUARD.name in each for each in command)


def run(project: Path, module: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run one of the tools in a checkout."""
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(
        command, cwd=project, env=os.environ | environment, capture_output=True, text=True, check=False
    )


@contextmanager
def up(project: Path, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """Run what `make up` runs, for the length of the block."""
    with subprocess.Popen(
        [sys.executable, "-u", "-m", "tools.up"],
        cwd=project,
        env=os.environ | {"LIVE": "0"} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_for(process: subprocess.Popen[str], text: str) -> str:
    """Read what the process prints, up to a line with the text; returns the line."""
    assert process.stdout is not None
    printed = []
    for line in process.stdout:
        printed.append(line)
        if text in line:
            return line
    pytest.fail(f"it ended without printing {text!r}: {''.join(printed)}")
