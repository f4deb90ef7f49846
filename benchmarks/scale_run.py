"""A run of the relay or of the `webhooks` command beside a full inbox, in a process of its own.

`python -m benchmarks.scale_run relay`, or with the arguments of the command. Prints JSON: `seconds`, `cpu` (seconds),
`peak_kb` of memory, and what the command printed as `output`.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from runpy import run_path
from types import SimpleNamespace
from typing import Any

from typer.testing import CliRunner

from benchmarks.full_inbox import STACK
from tools.local.emulator import ROOT
from tools.template import resources
from webhooks_cli.app import app


def relay() -> None:
    """One run of the relay, with the timeout of the template."""
    handle = run_path(str(ROOT / "functions" / "relay" / "app.py"))["handle"]
    end = time.monotonic() + resources()["RelayFunction"]["Properties"]["Timeout"]
    context = SimpleNamespace(
        aws_request_id="bench", get_remaining_time_in_millis=lambda: int(1000 * (end - time.monotonic()))
    )
    handle({}, context)


def webhooks(*arguments: str) -> Any:
    """The JSON that a command prints."""
    result = CliRunner().invoke(app, ["--stack", STACK, *arguments, "--json"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def main(*arguments: str) -> None:
    """Run and measure."""
    run: Callable[[], object] = relay if arguments == ("relay",) else lambda: webhooks(*arguments)
    began, computing = time.perf_counter(), time.process_time()
    output = run()
    used = {"seconds": time.perf_counter() - began, "cpu": time.process_time() - computing, "peak_kb": _peak_kb()}
    print(json.dumps(used | {"output": output}))


def _peak_kb() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))


if __name__ == "__main__":
    main(*sys.argv[1:])
