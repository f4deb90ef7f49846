"""`make deploy STAGE=live`, in a copy of the project, with the emulator in AWS's place."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tools.local.emulator import ROOT
from tools.local.stack import LocalStack
from tools.stages import ARCHITECTURE


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository of its own, whose stage `live` is small and for this machine's processor."""
    folder = tmp_path / "project"
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(".git", ".venv", ".aws-sam", ".local", "__pycache__"))
    (folder / ".venv").symlink_to(ROOT / ".venv")
    settings = folder / "samconfig.toml"
    header = "[live.global.parameters.parameter_overrides]\n"
    own = f'EventTypes = ["CustomEvent"]\nArchitecture = "{ARCHITECTURE}"\n'
    text = re.sub(rf"{re.escape(header)}[^\[]*", header + own, settings.read_text())
    assert own in text
    settings.write_text(text)
    for command in (
        ("init", "--quiet"),
        ("add", "."),
        ("-c", "user.name=test", "-c", "user.email=test", "commit", "--quiet", "--message", "all"),
    ):
        subprocess.run(["git", *command], cwd=folder, check=True)  # noqa: S607 - the project's own git
    return folder


def test_live_shows_what_would_change_and_does_nothing_without_a_yes(stack: LocalStack, project: Path) -> None:
    ran = subprocess.run(
        ["make", "deploy", "STAGE=live"],  # noqa: S607 - the make that runs the tests
        cwd=project,
        env=os.environ | stack.emulator.environment(),
        input="n\n",
        capture_output=True,
        text=True,
        check=False,
    )
    steps = ["webhooks-live: account", "validate", "build", r"\+ Add +CustomEventHandler", "Deploy this changeset?"]
    assert re.search(".+".join(steps[:-1]) + ".+" + re.escape(steps[-1]), ran.stdout, re.DOTALL), ran.stdout[-4000:]
    assert ran.returncode != 0
    assert "\nnothing was deployed: webhooks-live" in ran.stderr
    functions = stack.emulator.client("lambda").list_functions()["Functions"]
    assert functions
    assert not [one for one in functions if one["FunctionName"].startswith("webhooks-live")]
