"""Plots of what is measured in dollars: by size of the body, and webhooks against polling.

Each takes what `measure` returned and writes an SVG.
"""

from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.series import FLOOR, HOSTED, OURS, RECORDED, USUAL, by_size, by_way, parts_at

STYLE: dict[str, Any] = {
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 10,
    "font.size": 9,
    "svg.fonttype": "none",
    "svg.hashsalt": "benchmarks",  # the same figures make the same file
}
COLOURS = {OURS: "#0b5fa5", RECORDED: "#7fb2dd", USUAL: "#d98324", FLOOR: "#8a8a8a"}
_PARTS = ("#0b5fa5", "#4a90c9", "#7fb2dd", "#d98324", "#e9b872", "#8a8a8a", "#c4c4c4", "#5a9a68")
_VOLUMES = ("#9ecae1", "#4a90c9", "#0b3c6f")


def cost_by_size(told: dict[str, Any], to: Path) -> None:
    """A million events: of the aim's size by what is paid for, beside hosted receivers; and by size."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(11, 4), layout="constrained")
        left, right = figure.subplots(1, 2, width_ratios=(3, 2))
        _stacked(left, told)
        for way, (sizes, dollars) in by_size(told).items():
            right.plot(sizes, dollars, marker="o", color=COLOURS[way], label=way)
        right.set(xscale="log", yscale="log", xlabel="KB of the body", title="by size of the body")
        right.set_xticks(sizes, [f"{size:g}" for size in sizes])
        right.set_yticks([3, 10, 30, 100, 300], ["3", "10", "30", "100", "300"])
        right.minorticks_off()
        right.legend(frameon=False, fontsize=8)
        figure.savefig(to, metadata={"Date": None})


def polling(told: dict[str, Any], to: Path) -> None:
    """Delay, requests and dollars of each way, for each number of orders a month."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(11, 3.4), layout="constrained")
        delay, requests, dollars = figure.subplots(1, 3, sharey=True)
        for number, (orders, rows) in enumerate(by_way(told).items()):
            names, colour = [name for name, _ in rows], _VOLUMES[number]
            places = [place + 0.22 * (number - 1) for place in range(len(rows))]
            p50, p95 = ([row[f"delay_{which}"] for _, row in rows] for which in ("p50", "p95"))
            delay.hlines(places, p50, p95, color=colour, linewidth=3)
            delay.plot(p50, places, "o", color=colour, markersize=5, label=f"{orders:,} orders")
            requests.barh(places, [row["requests"] for _, row in rows], 0.2, color=colour)
            dollars.barh(places, [row["dollars"] for _, row in rows], 0.2, color=colour)
        delay.set(xscale="log", title="delay in s, median to 95th percentile")
        delay.set_yticks(range(len(names)), names)
        delay.invert_yaxis()
        delay.legend(frameon=False, fontsize=8)
        requests.set(xscale="symlog", title="requests to the vendor's API a month")
        dollars.set(title="dollars a month, at AWS")
        figure.savefig(to, metadata={"Date": None})


def _stacked(axes: Axes, told: dict[str, Any]) -> None:
    size = told["aim"]["bytes"]
    names, parts = parts_at(told, size)
    left = [0.0] * len(names)
    for (part, of_each), colour in zip(parts.items(), _PARTS, strict=False):
        axes.barh(names, of_each, 0.6, left, color=colour, label=None if part == HOSTED else part)
        left = [before + more for before, more in zip(left, of_each, strict=True)]
    # Hosted receivers cost several times as much: their bars are cut, and say so.
    most = 1.3 * max(dollars for dollars, of_hosted in zip(left, parts[HOSTED], strict=True) if not of_hosted)
    for name, dollars in zip(names, left, strict=True):
        cut = dollars > most
        axes.annotate(
            f"{dollars:.2f}" + (" >" if cut else ""),
            (min(dollars, most), name),
            (-4 if cut else 4, 0),
            textcoords="offset points",
            va="center",
            ha="right" if cut else "left",
            color="white" if cut else "black",
        )
    axes.axvline(told["aim"]["dollars"], color="black", linewidth=0.8, linestyle=":")
    axes.invert_yaxis()
    axes.set(
        xlim=(0, most),
        xlabel="dotted: the aim",
        title=f"dollars for a million events with bodies of {size / 1024:g} KB",
    )
    axes.legend(frameon=False, fontsize=8, loc="upper right", bbox_to_anchor=(1, 0.86))
