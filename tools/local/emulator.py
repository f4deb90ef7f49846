"""ministack, an AWS emulator in Python: started on loopback with IAM enforced, and surely stopped."""

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from tools.errors import ToolFailed
from webhooks_cli.signals import uninterrupted

ROOT = Path(__file__).parents[2]
REGION = "us-east-1"
ACCOUNT = "000000000000"
USUAL_PORT = 4566
"""Taken when it is free, so that addresses stay the same from one run to the next."""

_PYTHON = ROOT / ".venv" / "emulator" / "bin" / "python"
# The emulator expands SAM templates with SAM's own translator. It borrows the SAM CLI's, and so does it alone:
# the functions run in the same environment, and must find there nothing that their layers lack.
_TRANSLATOR = ROOT / ".venv" / "sam" / "lib" / "python3.13" / "site-packages"
_LAUNCH = "import sys; sys.path.append(sys.argv.pop()); from ministack.app import main; main()"
_READY_WITHIN = 30.0
_STOPS_WITHIN = 5.0


class EmulatorFailed(ToolFailed):
    """The emulator did not start; the text ends with what it printed."""


@dataclass(frozen=True, slots=True)
class Emulator:
    """A running emulator: its process group, its address, its log."""

    pid: int
    port: int
    log: Path

    @property
    def url(self) -> str:
        """Where all its AWS APIs answer."""
        return f"http://127.0.0.1:{self.port}"

    def environment(self) -> dict[str, str]:
        """Environment variables that point the SAM CLI and every SDK at the emulator, as its administrator."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def client(self, service: str) -> Any:
        """A boto3 client of one of its services, as its administrator."""
        return boto3.client(  # type: ignore[call-overload]
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106 - any will do
            config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
        )


@contextmanager
def emulator(port: int | None = None) -> Iterator[Emulator]:
    """Run the emulator for the length of the block. Raises `EmulatorFailed` if it does not start."""
    port = port or _free_port()
    home = Path(tempfile.mkdtemp(prefix="webhooks-local-"))
    log = home / "emulator.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [_PYTHON, "-c", _LAUNCH, _TRANSLATOR],
            env=_environment(port, home),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # its functions run in processes of their own: the group ends them all
        )
    try:
        _wait_until_ready(process, port, log)
        yield Emulator(process.pid, port, log)
    finally:
        with uninterrupted():
            _stop(process)
            shutil.rmtree(home, ignore_errors=True)


def _environment(port: int, home: Path) -> dict[str, str]:
    # Only what is named here: the functions inherit it, and must not find a setting that AWS would not give them.
    return {
        "PATH": f"{_PYTHON.parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        "TMPDIR": str(home),
        "BIND_HOST": "127.0.0.1",  # it listens on every interface unless told
        "GATEWAY_PORT": str(port),
        "MINISTACK_REGION": REGION,
        "AUTH": "true",  # IAM is enforced: a missing permission fails here, not in production
        "IOT_MTLS_ENABLED": "0",  # or its MQTT broker listens on every interface
    }


def _free_port() -> int:
    for port in (USUAL_PORT, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise EmulatorFailed("no port is free on 127.0.0.1")


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + _READY_WITHIN
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_ministack/health", timeout=1) as answer:
                json.load(answer)
                return
        except (urllib.error.URLError, OSError, ValueError):
            time.sleep(0.05)
    raise EmulatorFailed(f"the emulator did not start:\n{log.read_text(errors='replace')[-2000:]}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    # The whole group: asked first, and then made to, whatever is left of it.
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_STOPS_WITHIN)
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
