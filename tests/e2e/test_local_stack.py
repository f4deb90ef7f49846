"""The local stack leaves nothing behind, however it ends, and listens on loopback alone."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.e2e.conftest import SHELL
from tools.local.emulator import GUARD, ROOT
from tools.local.sam import SamFailed
from tools.local.stack import STATE, LocalStack, local_stack, remembered_while


def test_it_listens_on_loopback_alone(stack: LocalStack) -> None:
    family = [psutil.Process(stack.emulator.pid), *psutil.Process(stack.emulator.pid).children(recursive=True)]
    listening = [
        socket.laddr.ip for one in family for socket in one.net_connections() if socket.status == psutil.CONN_LISTEN
    ]
    assert listening
    assert set(listening) <= {"127.0.0.1", "::1"}


def test_a_failed_deploy_stops_the_emulator() -> None:
    """A stack may not be called so: `sam deploy` fails after the emulator has started."""
    before = emulators()
    with pytest.raises(SamFailed, match="deploy"), local_stack(name="1-not-a-name"):
        pytest.fail("it was deployed")
    assert emulators() == before


def test_ctrl_c_in_mid_deploy_stops_the_emulator() -> None:
    before = emulators()
    with up() as process:
        wait_for(process, "✓ start")
        assert len(emulators()) == len(before) + 1
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
    assert emulators() == before


def test_more_signals_do_not_cut_the_clean_up_short(tmp_path: Path) -> None:
    """From an impatient person, or from a supervisor."""
    before = emulators()
    with up(TMPDIR=str(tmp_path)) as process:
        wait_for(process, "✓ start")
        while process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.send_signal(signal.SIGTERM)
            time.sleep(0.01)
    assert emulators() == before
    assert not list(tmp_path.glob("webhooks-local-*"))


def test_a_running_stack_tells_of_itself_as_long_as_it_runs(stack: LocalStack) -> None:
    with remembered_while(stack):
        assert str(stack.emulator.port) in STATE.read_text()
    assert not STATE.exists()


def test_redeploy_ignores_the_shells_aws_settings(stack: LocalStack) -> None:
    with remembered_while(stack):
        ran = subprocess.run(
            [sys.executable, "-m", "tools.redeploy"],
            cwd=ROOT,
            env=os.environ | SHELL,
            capture_output=True,
            text=True,
            check=False,
        )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def emulators() -> set[int]:
    """The processes of emulators that were started from this folder."""
    ours = str(ROOT / ".venv" / "emulator")
    return {one.pid for one in psutil.process_iter() if _started_with(one, ours)}


def _started_with(process: psutil.Process, path: str) -> bool:
    try:
        command = process.cmdline()
    except (psutil.NoSuchProcess, psutil.ZombieProcess, psutil.AccessDenied):
        return False
    return bool(command) and command[0].startswith(path) and str(GUARD) in command


@contextmanager
def up(**environment: str) -> Iterator[subprocess.Popen[str]]:
    """What `make up` runs, as a process of its own."""
    command = [sys.executable, "-u", "-m", "tools.up"]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_for(process: subprocess.Popen[str], text: str) -> None:
    """Read what the process prints up to a line with the text."""
    assert process.stdout is not None
    printed = []
    for line in process.stdout:
        printed.append(line)
        if text in line:
            return
    pytest.fail(f"it ended without saying {text!r}: {''.join(printed)}")
