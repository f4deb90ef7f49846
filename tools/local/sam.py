"""The SAM CLI. Its output is shown, or part of the error."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tools.errors import ToolFailed
from tools.local.emulator import ROOT

BIN = ROOT / ".venv" / "bin"


class SamFailed(ToolFailed):
    """A SAM command failed; the text ends with its output, unless that was shown."""


def sam(*arguments: str, environment: Mapping[str, str], project: Path = ROOT, shown: bool = False) -> None:
    """Run one SAM command in `project`. Raises `SamFailed`.

    With `shown` its output goes to the terminal, where a person can answer its questions.
    """
    finished = subprocess.run(
        [BIN / "sam", *arguments],
        cwd=project,
        env=environment_of(environment),
        stdin=None if shown else subprocess.DEVNULL,
        stdout=None if shown else subprocess.PIPE,
        stderr=None if shown else subprocess.STDOUT,
        text=True,
        check=False,
    )
    if finished.returncode:
        output = f":\n{finished.stdout[-4000:]}" if finished.stdout else ""
        raise SamFailed(f"sam {arguments[0]} failed{output}")


def environment_of(more: Mapping[str, str]) -> dict[str, str]:
    """The environment of this process and `more`, with the project's tools first on PATH and without telemetry."""
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "SAM_CLI_TELEMETRY": "0", **more}
