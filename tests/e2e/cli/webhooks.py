"""The command in a process of its own."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_COMMAND = sys.executable, "-P", "-m", "webhooks_cli"


@dataclass(frozen=True, slots=True)
class Result:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Webhooks:
    """Runs commands of a copy of the project: a running `make up` of this checkout is not touched."""

    project: Path

    def __call__(self, *arguments: str, typed: str = "") -> Result:
        """Run a command, whatever its exit code; `typed` is what the person types."""
        done = subprocess.run(
            [*_COMMAND, *arguments],
            env=self._environment(),
            input=typed,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        return Result(done.returncode, done.stdout, done.stderr)

    def json(self, *arguments: str) -> Any:
        """What a command prints with --json; it must succeed."""
        result = self(*arguments, "--json")
        assert result.code == 0, result.err
        return json.loads(result.out)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command, to be killed in the middle."""
        return subprocess.Popen(
            [*_COMMAND, *arguments],
            env=self._environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def _environment(self) -> dict[str, str]:
        path = os.pathsep.join(map(str, (self.project, self.project / "layers" / "core")))
        return {name: value for name, value in os.environ.items() if name != "WEBHOOKS_STACK"} | {"PYTHONPATH": path}
