"""ministack, an AWS emulator in Python: runs on loopback, enforces IAM, and always stops."""

import json
import os
import secrets
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
GUARD = Path(__file__).with_name("guard.py")
"""The script that the emulator's interpreter runs."""

LOCAL_AWS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_REGION": REGION,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}
"""The AWS settings of local commands, without an endpoint: the emulator's administrator."""

_PYTHON = ROOT / ".venv" / "emulator" / "bin" / "python"
# The emulator expands SAM templates with the SAM CLI's translator. It is not installed in the emulator's environment:
# the functions run there too, and must not find packages that their layers lack.
_TRANSLATOR = ROOT / ".venv" / "sam" / "lib" / "python3.13" / "site-packages"
_READY_WITHIN = 30.0
_STOPS_WITHIN = 5.0


class EmulatorFailed(ToolFailed):
    """The emulator did not start; the text ends with its output."""


@dataclass(frozen=True, slots=True)
class Emulator:
    """A running emulator: its process group, port and log.

    `access_key` is the administrator's, and a secret of this run: containers need it.
    """

    pid: int
    port: int
    log: Path
    access_key: str

    @property
    def url(self) -> str:
        """The URL of all its AWS APIs."""
        return f"http://127.0.0.1:{self.port}"

    def environment(self) -> dict[str, str]:
        """Environment variables with which the SAM CLI and the SDKs use the emulator, as its administrator."""
        return LOCAL_AWS | {"AWS_ENDPOINT_URL": self.url, "AWS_ACCESS_KEY_ID": self.access_key}

    def client(self, service: str) -> Any:
        """A boto3 client of one of its services, as its administrator."""
        return boto3.client(  # type: ignore[call-overload]
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=self.access_key,
            aws_secret_access_key="test",  # noqa: S106 - any will do
            config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
        )


def forget_aws() -> None:
    """Remove the shell's AWS settings from this process, the files in ~/.aws included.

    Otherwise a session token would reach the emulator, and an endpoint of one service would send local calls to AWS.
    """
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(LOCAL_AWS)


@contextmanager
def emulator(launcher: Path = GUARD) -> Iterator[Emulator]:
    """Run the emulator for the length of the block. Raises `EmulatorFailed` if it does not start."""
    forget_aws()
    port, access_key = _free_port(), secrets.token_hex(16)
    # It has mode 0700 and an unpredictable name.
    home = Path(tempfile.mkdtemp(prefix="webhooks-local-"))
    log = home / "emulator.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [_PYTHON, "-P", launcher, _TRANSLATOR],
            env=_environment(port, home, access_key),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # its functions are processes too: the group ends all
        )
    try:
        _wait_until_ready(process, port, log)
        yield Emulator(process.pid, port, log, access_key)
    finally:
        with uninterrupted():
            _stop(process)
            _delete(home)


def _delete(home: Path) -> None:
    """Delete the home in a process of its own: the unpacked layers are many files, for which nobody should wait."""
    subprocess.run(["sh", "-c", 'rm -rf "$0" >/dev/null 2>&1 </dev/null &', home], start_new_session=True, check=True)


def _environment(port: int, home: Path, access_key: str) -> dict[str, str]:
    # Nothing else: the functions inherit it, and must not find a setting that they would not have on AWS. The access
    # key is not inherited: each has that of its role.
    return {
        "PATH": f"{_PYTHON.parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        "TMPDIR": str(home),
        "STATE_DIR": str(home / "state"),
        "S3_DATA_DIR": str(home / "s3"),
        "AWS_ACCESS_KEY_ID": access_key,
        "BIND_HOST": "127.0.0.1",  # by default it listens on every interface
        "GATEWAY_PORT": str(port),
        "MINISTACK_REGION": REGION,
        "AUTH": "true",  # enforce IAM
        # Each of these would listen on every interface: the MQTT broker, the SFTP server, containers of databases.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "DOCKER_HOST": f"unix://{home}/no-engine",
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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
    # The whole group: SIGTERM first, then SIGKILL for what is left.
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_STOPS_WITHIN)
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
