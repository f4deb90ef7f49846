"""The command in a process of its own."""

import json
import subprocess
from dataclasses import dataclass
from typing import Any

from tools.local.emulator import ROOT

COMMAND = ROOT / ".venv" / "bin" / "webhooks"


@dataclass(frozen=True, slots=True)
class Result:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str


class Webhooks:
    """Runs commands."""

    def __call__(self, *arguments: str, typed: str = "") -> Result:
        """Run a command, whatever its exit code; `typed` is what the person types."""
        done = subprocess.run(
            [COMMAND, *arguments], input=typed, capture_output=True, text=True, check=False, timeout=120
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
            [COMMAND, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
