"""The command line, run in this process on a stack in memory."""

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from typer import main
from typer.testing import CliRunner, Result
from typer.utils import get_params_from_function

from webhooks_cli.app import app
from webhooks_cli.operations.stack import Stack

# Typer looks at the parameters of all commands anew for each call: a tenth of the tests' time.
vars(main).update(get_params_from_function=cache(get_params_from_function))


@dataclass(frozen=True)
class Command:
    """Runs commands; one that fails with `OperationFailed` has it as its result's exception."""

    stack: Stack

    def __call__(self, *arguments: str, typed: str | None = None) -> Result:
        """Run a command; `typed` is what the person types, None if nobody is there."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("webhooks_cli.operations.stack._local", lambda: self.stack)
            return CliRunner().invoke(app, arguments, input=typed)

    def json(self, *arguments: str) -> Any:
        """What a command prints with --json; it must succeed."""
        result = self(*arguments, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    def failure(self, *arguments: str, typed: str | None = None) -> str:
        """Why a command fails."""
        result = self(*arguments, typed=typed)
        assert result.exit_code == 1, result.output
        return str(result.exception)
