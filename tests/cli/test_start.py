"""What the command line imports, and when."""

import os
import subprocess
import sys

import pytest
from typer.main import get_group
from typer.testing import CliRunner

from webhooks_cli.app import app
from webhooks_cli.commands import COMMANDS

LOADED = """
import sys
from webhooks_cli.__main__ import main
try:
    main()
finally:
    print(*sys.modules, file=sys.stderr)
"""


def imported(*arguments: str, **variables: str) -> set[str]:
    """The modules that are loaded when a command has ended."""
    command = [sys.executable, "-c", LOADED, *arguments]
    finished = subprocess.run(command, env=os.environ | variables, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    return set(finished.stderr.split())


COMPLETION = {"_WEBHOOKS_COMPLETE": "complete_bash", "COMP_WORDS": "webhooks ", "COMP_CWORD": "1"}


def test_help_imports_no_sdk() -> None:
    modules = imported("--help")
    assert not {"boto3", "botocore", "pydantic", "aws_lambda_powertools"} & modules
    assert len(modules) < 450  # 693 when every command was imported


def test_completion_imports_no_command() -> None:
    modules = imported(**COMPLETION)
    assert "boto3" not in modules
    assert not [name for name in modules if name.startswith("webhooks_cli.commands.")]


def test_a_command_imports_no_other_group() -> None:
    groups = {name for name in imported("records", "--help") if name.startswith("webhooks_cli.commands.")}
    assert groups == {"webhooks_cli.commands.records"}


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_repeats_each_commands_help(name: str) -> None:
    assert CliRunner().invoke(app, [name, "--help"]).exit_code == 0
    first, *_ = (get_group(app).commands[name].help or "").split("\n\n")
    assert COMMANDS[name].help == " ".join(first.split())


def test_options_of_a_command_complete() -> None:
    words = COMPLETION | {"COMP_WORDS": "webhooks replay --res", "COMP_CWORD": "2"}
    command = [sys.executable, "-m", "webhooks_cli"]
    finished = subprocess.run(command, env=os.environ | words, capture_output=True, text=True, check=False)
    assert finished.stdout.strip() == "--resume"
