"""Runs all measurements, or those named: `make bench`, or `.venv/bench/bin/python -m benchmarks speed`.

A measurement is a module with `measure(log) -> dict` of plain data and `table(results) -> str` of Markdown. They run
one after the other, because they share the cores. Only a run of all writes results.json, RESULTS.md and the plots.
"""

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

from rich.markdown import Markdown

from benchmarks import cost_by_size, plots, polling, scale, speed, throughput
from benchmarks.costs.prices import DATE, REGION
from benchmarks.markdown import valid_for
from tools.local.progress import console, step

MEASUREMENTS: Mapping[str, tuple[str, ModuleType]] = {
    "speed": ("Cold starts and warm calls", speed),
    "throughput": ("Throughput of one core", throughput),
    "scale": ("Scale", scale),
    "cost_by_size": ("Dollars for a million events", cost_by_size),
    "polling": ("Webhooks and polling", polling),
}
_HERE = Path(__file__).parent
_TOP = """\
# Benchmarks

Written by `make bench` on {date} in {seconds} s: commit {commit}, {processor}, {cores} cores, Python {python}.
{valid_for} List prices of {region}, {prices}.

results.json has the raw figures. Compare times only within a table: they are those of this machine. What survives a
crash at every AWS call is in [docs/reliability.md](../docs/reliability.md).
"""


def main(names: tuple[str, ...]) -> None:
    """Measure and print; write if all was measured."""
    if unknown := set(names) - set(MEASUREMENTS):
        sys.exit(f"unknown measurement: {', '.join(sorted(unknown))}; known: {', '.join(MEASUREMENTS)}")
    if sys.platform != "linux":
        sys.exit("the benchmarks need Linux: they bind processes to cores, and read /proc")
    began, results = time.monotonic(), dict[str, Any]()
    for name in names or MEASUREMENTS:
        with step(name):
            results[name] = MEASUREMENTS[name][1].measure(console.log)
    results = {"run": _run() | {"seconds": round(time.monotonic() - began)}, **results}
    console.print(Markdown(page(results)))
    if not names:
        (_HERE / "results.json").write_text(json.dumps(results, indent=1) + "\n")
        (_HERE / "RESULTS.md").write_text(page(results))
        plots.write(results, _HERE / "plots")


def page(results: dict[str, Any]) -> str:
    """A section for each measurement: the docstring of its module, and its table."""
    parts = [_TOP.format(**results["run"])]
    for name, (heading, module) in MEASUREMENTS.items():
        if name in results:
            parts.append(f"## {heading}\n\n{(module.__doc__ or '').strip()}\n\n{module.table(results[name])}\n")
    return "\n".join(parts)


def _run() -> dict[str, Any]:
    """The machine, the commit (with a plus if there are changes), and what the figures hold for."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "date": datetime.now(UTC).date().isoformat(),
        "commit": _git("rev-parse", "--short", "HEAD") + ("+" if _git("status", "--porcelain") else ""),
        "valid_for": valid_for(),
        "region": REGION,
        "prices": DATE,
    }


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], capture_output=True, text=True, check=False).stdout.strip()  # noqa: S607


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())


if __name__ == "__main__":
    main(tuple(sys.argv[1:]))
