"""The real SAM CLI, with what it prints kept for when it fails, or shown."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tools.errors import ToolFailed
from tools.local.emulator import ROOT

BIN = ROOT / ".venv" / "bin"


class SamFailed(ToolFailed):
    """A SAM command failed; the text is the end of what it printed, unless that was shown."""


def sam(*arguments: str, environment: Mapping[str, str], project: Path = ROOT, shown: bool = False) -> None:
    """Run one SAM command in `project`. Raises `SamFailed`.

    With `shown` a person sees what it prints as it does, and answers what it asks.
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
        told = f":\n{finished.stdout[-4000:]}" if finished.stdout else ""
        raise SamFailed(f"sam {arguments[0]} failed{told}")


def environment_of(more: Mapping[str, str]) -> dict[str, str]:
    """The environment of this process, with the project's tools first on PATH, no telemetry, and `more`."""
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "SAM_CLI_TELEMETRY": "0", **more}
