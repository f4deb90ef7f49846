"""The real SAM CLI, with what it prints kept for when it fails."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tools.errors import ToolFailed
from tools.local.emulator import ROOT

BIN = ROOT / ".venv" / "bin"


class SamFailed(ToolFailed):
    """A SAM command failed; the text is the end of what it printed."""


def sam(*arguments: str, environment: Mapping[str, str], project: Path = ROOT) -> str:
    """Run one SAM command in `project` and return what it printed. Raises `SamFailed`."""
    finished = subprocess.run(
        [BIN / "sam", *arguments],
        cwd=project,
        env=environment_of(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if finished.returncode:
        raise SamFailed(f"sam {arguments[0]} failed:\n{finished.stdout[-4000:]}")
    return finished.stdout


def environment_of(more: Mapping[str, str]) -> dict[str, str]:
    """The environment of this process, with the project's tools first on PATH, no telemetry, and `more`."""
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "SAM_CLI_TELEMETRY": "0", **more}
