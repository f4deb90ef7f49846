"""Brings the stack that `make up` runs up to date with the code and the template, while it runs."""

import json
from pathlib import Path

from tools.errors import ToolFailed
from tools.local.emulator import Emulator
from tools.local.progress import step
from tools.local.stack import STATE, build, close_gaps, deploy, outputs_of, stopping_cleanly


def redeploy() -> None:
    """Build, and deploy to the running stack. Raises `ToolFailed` where none runs."""
    if not STATE.exists():
        raise ToolFailed("no local stack runs: start one with `make up`")
    told = json.loads(STATE.read_text())
    running = Emulator(told["pid"], told["port"], Path(told["log"]))
    with step("build: sam build"):
        build()
    with step("deploy: sam deploy"):
        deploy(running, told["name"])
        close_gaps(running, told["name"], outputs_of(running, told["name"]))


def main() -> None:
    """Redeploy once."""
    with stopping_cleanly():
        redeploy()


if __name__ == "__main__":
    main()
