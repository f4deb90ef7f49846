"""The plots of the README, as SVG."""

from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.cost_by_size import HOSTED, MINIMAL, RECORDED, USUAL, by_service
from tools.speed.process import OURS

_STYLE: dict[str, Any] = {
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 10,
    "font.size": 9,
    "svg.fonttype": "none",
    "svg.hashsalt": "benchmarks",  # the same figures make the same file
}
_COLOURS = {OURS: "#0b5fa5", RECORDED: "#7fb2dd", USUAL: "#d98324", MINIMAL: "#8a8a8a"}
_SERVICES = ("#0b5fa5", "#4a90c9", "#7fb2dd", "#d98324", "#e9b872", "#8a8a8a", "#c4c4c4", "#5a9a68")


def write(results: dict[str, Any], folder: Path) -> None:
    """Write all plots."""
    folder.mkdir(exist_ok=True)
    with mpl.rc_context(_STYLE):
        _cold_start(results["speed"]).savefig(folder / "cold_start.svg", metadata={"Date": None})
        _cost(results["cost_by_size"]).savefig(folder / "cost.svg", metadata={"Date": None})


def _cold_start(results: dict[str, Any]) -> Figure:
    """CPU time and instructions of a cold start."""
    rows = results["functions"]
    names = [f"{row['part']}, {row['receiver']}" for row in rows]
    colours = [_COLOURS[OURS] if row["receiver"] == OURS else _COLOURS[USUAL] for row in rows]
    figure = Figure(figsize=(11, 2.6), layout="constrained")
    cpu, instructions = figure.subplots(1, 2, sharey=True)
    for axes, title, values in (
        (cpu, "ms of CPU time up to the first answer", [row["cold"]["cpu_ms"]["p50"] for row in rows]),
        (instructions, "millions of instructions", [row["cold"]["million_instructions"] or 0 for row in rows]),
    ):
        axes.bar_label(axes.barh(names, values, 0.6, color=colours), fmt=" {:,.0f}")
        axes.set(title=title)
    cpu.invert_yaxis()
    return figure


def _cost(results: dict[str, Any]) -> Figure:
    """A million events: by service at the goal's size, and by size."""
    figure = Figure(figsize=(11, 4), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    _stacked(left, results)
    for way, by_size in results["ways"].items():
        sizes, dollars = [int(size) / 1024 for size in by_size], [each["dollars"] for each in by_size.values()]
        right.plot(sizes, dollars, marker="o", color=_COLOURS[way], label=way)
    right.set(xscale="log", yscale="log", xlabel="KB of the body", title="by size of the body")
    right.set_xticks(sizes, [f"{size:g}" for size in sizes])
    right.set_yticks([3, 10, 30, 100, 300], ["3", "10", "30", "100", "300"])
    right.minorticks_off()
    right.legend(frameon=False, fontsize=8)
    return figure


def _stacked(axes: Axes, results: dict[str, Any]) -> None:
    names, services = by_service(results)
    totals = [0.0] * len(names)
    for (service, dollars), colour in zip(services.items(), _SERVICES, strict=False):
        axes.barh(names, dollars, 0.6, totals, color=colour, label=None if service == HOSTED else service)
        totals = [total + more for total, more in zip(totals, dollars, strict=True)]
    # Hosted receivers cost several times as much: their bars are cut.
    most = 1.3 * max(total for total, hosted in zip(totals, services[HOSTED], strict=True) if not hosted)
    for name, total in zip(names, totals, strict=True):
        cut = total > most
        axes.annotate(
            f"{total:.2f}" + (" >" if cut else ""),
            (min(total, most), name),
            (-4 if cut else 4, 0),
            textcoords="offset points",
            va="center",
            ha="right" if cut else "left",
            color="white" if cut else "black",
        )
    goal = results["goal"]
    axes.axvline(goal["dollars"], color="black", linewidth=0.8, linestyle=":")
    axes.invert_yaxis()
    title = f"dollars for a million events with bodies of {goal['bytes'] / 1024:g} KB"
    axes.set(xlim=(0, most), xlabel="dotted: the goal", title=title)
    axes.legend(frameon=False, fontsize=8, loc="upper right", bbox_to_anchor=(1, 0.86))
