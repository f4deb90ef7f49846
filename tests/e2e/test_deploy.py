"""`make deploy STAGE=live`, in a copy of the project, with the emulator as AWS."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from tools.local.stack import LocalStack
from tools.reference import reference_project
from tools.stages import ARCHITECTURE

# tests/integration/test_deploy.py has the refusals, and the stack of the deployed tests is deployed by this command.
pytestmark = pytest.mark.thorough

LIVE = f"""
[live.global.parameters]
stack_name = "webhooks-live"
language_extensions = true
capabilities = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
resolve_s3 = true
confirm_changeset = true

[live.global.parameters.parameter_overrides]
EventTypes = ["CustomEvent"]
Architecture = "{ARCHITECTURE}"
"""


@pytest.fixture
def live(tmp_path: Path) -> Path:
    """A project in which only the stage `live` and the handler of CustomEvent exist."""
    folder = reference_project(tmp_path / "project", ["CustomEvent"])
    (folder / "samconfig.toml").write_text(f"version = 0.1\n{LIVE}")
    commit(folder)
    return folder


def test_live_shows_the_changes_and_asks(stack: LocalStack, live: Path) -> None:
    ran = make_deploy(stack, live)
    steps = [
        "webhooks-live: account",
        "warning: no alarm",
        "build",
        "validate",
        r"\+ Add +CustomEventHandler",
        r"Deploy this changeset\?",
    ]
    assert re.search(".+".join(steps), ran.stdout, re.DOTALL), ran.stdout[-4000:]
    assert ran.returncode != 0
    assert "\nnothing was deployed: webhooks-live" in ran.stderr
    assert deployed(stack) == []
    assert not (live / ".aws-sam").exists(), "two commands may build at once"


def test_a_broken_handler_is_not_deployed(stack: LocalStack, live: Path) -> None:
    (live / "functions/handlers/CustomEvent/app.py").write_text("import missing\n")
    commit(live)
    ran = make_deploy(stack, live)
    assert ran.returncode != 0
    assert "functions/handlers/CustomEvent cannot be imported, so nothing was deployed:" in ran.stderr
    assert "No module named 'missing'" in ran.stderr


def make_deploy(stack: LocalStack, project: Path) -> subprocess.CompletedProcess[str]:
    """Run it, and answer no."""
    return subprocess.run(
        ["make", "deploy", "STAGE=live"],  # noqa: S607 - the make that runs the tests
        cwd=project,
        env=os.environ | stack.emulator.environment(),
        input="n\n",
        capture_output=True,
        text=True,
        check=False,
    )


def deployed(stack: LocalStack) -> list[str]:
    functions = stack.emulator.client("lambda").list_functions()["Functions"]
    assert functions
    return [each["FunctionName"] for each in functions if each["FunctionName"].startswith("webhooks-live")]


def commit(project: Path) -> None:
    name = ("-c", "user.name=test", "-c", "user.email=test")
    for command in (("init", "--quiet"), ("add", "."), (*name, "commit", "--quiet", "--message", "all")):
        subprocess.run(["git", *command], cwd=project, check=True)  # noqa: S607
