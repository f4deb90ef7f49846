"""Measures all, or what is named: `make bench`, or `.venv/bench/bin/python -m benchmarks cold_start`.

Each measurement is a module with `measure(tell) -> dict` of plain data and `table(told) -> str` of Markdown. They run
one after the other, for they share the cores. All together they make results.json, RESULTS.md and the plots; some alone
are only printed.
"""

import json
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

from rich.markdown import Markdown

from benchmarks import machine, plot_costs, plots
from benchmarks.report import HEADINGS, page
from tools.local.progress import console, step

HERE = Path(__file__).parent


def main(names: tuple[str, ...]) -> None:
    """Measure and show; write if all was measured."""
    unknown = set(names) - set(HEADINGS)
    if unknown:
        sys.exit(f"no such measurement: {', '.join(sorted(unknown))}; there are: {', '.join(HEADINGS)}")
    if sys.platform != "linux":
        sys.exit("the benchmarks need Linux: they bind processes to cores, and read /proc")
    started, results = time.monotonic(), {}
    for name in names or HEADINGS:
        with step(name):
            results[name] = import_module(f"benchmarks.{name}").measure(console.log)
    told = {"machine": machine.facts() | {"seconds": round(time.monotonic() - started)}, **results}
    console.print(Markdown(page(told)))
    if not names:
        write(told)


def write(told: dict[str, Any]) -> None:
    """The raw figures, the page, and the plots that the README shows."""
    (HERE / "results.json").write_text(json.dumps(told, indent=1) + "\n")
    (HERE / "RESULTS.md").write_text(page(told))
    folder = HERE / "plots"
    folder.mkdir(exist_ok=True)
    plots.cold_start(told["cold_start"], folder / "cold_start.svg")
    plots.lost_and_doubled(told["reliability"], folder / "lost_and_doubled.svg")
    plot_costs.cost_by_size(told["cost_by_size"], folder / "cost.svg")
    plot_costs.polling(told["polling"], folder / "polling.svg")


if __name__ == "__main__":
    main(tuple(sys.argv[1:]))
