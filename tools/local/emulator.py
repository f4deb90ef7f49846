"""ministack, an AWS emulator in Python: started on loopback with IAM enforced, and surely stopped."""

import json
import os
import secrets
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
GUARD = Path(__file__).with_name("guard.py")
"""What the emulator's interpreter runs."""

LOCAL_AWS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_REGION": REGION,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}
"""All that a local command says of AWS, besides an endpoint: the emulator's administrator."""

_PYTHON = ROOT / ".venv" / "emulator" / "bin" / "python"
# The emulator expands SAM templates with SAM's own translator. It borrows the SAM CLI's, and so does it alone:
# the functions run in the same environment, and must find there nothing that their layers lack.
_TRANSLATOR = ROOT / ".venv" / "sam" / "lib" / "python3.13" / "site-packages"
_READY_WITHIN = 30.0
_STOPS_WITHIN = 5.0


class EmulatorFailed(ToolFailed):
    """The emulator did not start; the text ends with what it printed."""


@dataclass(frozen=True, slots=True)
class Emulator:
    """A running emulator: its process group, its address, its log.

    `access_key` is an administrator's, and a secret of this run: containers are served with no other.
    """

    pid: int
    port: int
    log: Path
    access_key: str

    @property
    def url(self) -> str:
        """Where all its AWS APIs answer."""
        return f"http://127.0.0.1:{self.port}"

    def environment(self) -> dict[str, str]:
        """Environment variables that point the SAM CLI and every SDK at the emulator, as its administrator."""
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
    """Drop the shell's AWS settings from this process for good, and with them the files in ~/.aws.

    Nothing local may see them: a session token would reach the emulator, and an endpoint of one service would carry
    local calls to AWS.
    """
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(LOCAL_AWS)


@contextmanager
def emulator(launcher: Path = GUARD) -> Iterator[Emulator]:
    """Run the emulator for the length of the block. Raises `EmulatorFailed` if it does not start."""
    forget_aws()
    port, access_key = _free_port(), secrets.token_hex(16)
    # Of mode 0700, and with an unpredictable name.
    home = Path(tempfile.mkdtemp(prefix="webhooks-local-"))
    log = home / "emulator.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [_PYTHON, "-P", launcher, _TRANSLATOR],
            env=_environment(port, home, access_key),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # its functions run in processes of their own: the group ends them all
        )
    try:
        _wait_until_ready(process, port, log)
        yield Emulator(process.pid, port, log, access_key)
    finally:
        with uninterrupted():
            _stop(process)
            shutil.rmtree(home, ignore_errors=True)


def _environment(port: int, home: Path, access_key: str) -> dict[str, str]:
    # Only what is named here: the functions inherit it, and must not find a setting that AWS would not give them.
    # Of the access key they see nothing: each has its role's own.
    return {
        "PATH": f"{_PYTHON.parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        "TMPDIR": str(home),
        "STATE_DIR": str(home / "state"),
        "S3_DATA_DIR": str(home / "s3"),
        "AWS_ACCESS_KEY_ID": access_key,
        "BIND_HOST": "127.0.0.1",  # it listens on every interface unless told
        "GATEWAY_PORT": str(port),
        "MINISTACK_REGION": REGION,
        "AUTH": "true",  # IAM is enforced: a missing permission fails here, not in production
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
    # The whole group: asked first, and then made to, whatever is left of it.
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_STOPS_WITHIN)
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
