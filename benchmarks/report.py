"""The page of all that was measured."""

from importlib import import_module
from types import ModuleType
from typing import Any

HEADINGS = {
    "cold_start": "Cold start",
    "warm": "Warm",
    "throughput": "Throughput of one core",
    "scale": "Scale",
    "cost_by_size": "Dollars for a million events",
    "polling": "Webhooks against polling",
    "reliability": "Lost and doubled",
}
_TOP = """\
# What was measured

By `make bench`, in {seconds} s on {date}: commit {commit}, {processor}, {cores} cores, Python {python}. The raw figures
are in results.json. Seconds are those of this machine; compare them within a table only.
"""


def page(told: dict[str, Any]) -> str:
    """Markdown: a section for each measurement, what it measures in its own words, and its table."""
    parts = [_TOP.format(**told["machine"])]
    for name, heading in HEADINGS.items():
        if name in told:
            module = import_module(f"benchmarks.{name}")
            parts.append(f"## {heading}\n\n{_introduction(module)}\n\n{module.table(told[name])}\n")
    return "\n".join(parts)


def _introduction(module: ModuleType) -> str:
    """What the module says of itself, but for what its `measure` gives."""
    told, _, _ = (module.__doc__ or "").partition("`measure")
    return told.strip()
