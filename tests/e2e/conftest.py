import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.local.emulator import emulator
from tools.local.stack import LocalStack, connect


@pytest.fixture(scope="session", autouse=True)
def _ctrl_c() -> None:
    """What a shell runs in the background ignores Ctrl-C, and so would all that it starts."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


SHELL = {
    "AWS_PROFILE": "missing",
    "AWS_SESSION_TOKEN": "real",
    "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9",
    "AWS_USE_FIPS_ENDPOINT": "true",
}
"""AWS settings of a developer's shell; any of them breaks a command that takes it to the emulator."""


@pytest.fixture(scope="session")
def stack(project: Path) -> Iterator[LocalStack]:
    """The real template with reference handlers, deployed into the emulator by the command that deploys to AWS."""
    with emulator() as running:
        deployed = subprocess.run(
            ["make", "deploy", "STAGE=local"],  # noqa: S607 - the make that runs the tests
            cwd=project,
            env=os.environ | SHELL | running.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert deployed.returncode == 0, deployed.stdout[-4000:] + deployed.stderr[-4000:]
        yield connect(running, "webhooks")
