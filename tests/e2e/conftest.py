import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.quiet_stack import QuietStack, quiet
from tools.local.emulator import emulator
from tools.local.stack import LocalStack, connect, remembered_while


@pytest.fixture(scope="session", autouse=True)
def _ctrl_c() -> None:
    """A shell's background job, and every process that it starts, ignores Ctrl-C."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


SHELL = {
    "AWS_PROFILE": "missing",
    "AWS_SESSION_TOKEN": "real",
    "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9",
    "AWS_USE_FIPS_ENDPOINT": "true",
}
"""AWS settings of a developer's shell; each breaks a command that applies it to the emulator."""


@pytest.fixture(scope="session")
def stack(project: Path) -> Iterator[LocalStack]:
    """The template with reference handlers, deployed to the emulator by the command that deploys to AWS."""
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


@pytest.fixture(scope="session")
def remembered(stack: LocalStack, project: Path) -> Iterator[LocalStack]:
    """The stack, found by the commands of the copy of the project that it was deployed from."""
    with remembered_while(stack, project):
        yield stack


@pytest.fixture(scope="module")
def quieted(stack: LocalStack) -> Iterator[QuietStack]:
    """The stack, idle unless a test acts, for the tests of one module."""
    with quiet(stack) as quieted:
        yield quieted
