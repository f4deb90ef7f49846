"""Plots of what is not measured in dollars. Each takes what `measure` returned and writes an SVG."""

from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from benchmarks.artefact import HANDLER, INGEST
from benchmarks.plot_costs import COLOURS, STYLE
from benchmarks.series import OURS, USUAL


def cold_start(told: dict[str, Any], to: Path) -> None:
    """From the start of a process to its first answer, by function and way: CPU time, and instructions if counted."""
    every = [(part, name, each) for part in (INGEST, HANDLER) for name, each in told[part].items()]
    names = [f"{part}, {name}" for part, name, _ in every]
    colours = [COLOURS[OURS] if name == OURS else COLOURS[USUAL] for _, name, _ in every]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(11, 2.6), layout="constrained")
        cpu, instructions = figure.subplots(1, 2, sharey=True)
        for axes, title, values in (
            (cpu, "ms of the processor until the first answer", [each["cpu_ms"]["p50"] for *_, each in every]),
            (instructions, "millions of instructions", [each["million_instructions"] or 0 for *_, each in every]),
        ):
            axes.bar_label(axes.barh(names, values, 0.6, color=colours), fmt=" {:,.0f}")
            axes.set(title=title)
        cpu.invert_yaxis()
        figure.savefig(to, metadata={"Date": None})


def lost_and_doubled(told: dict[str, Any], to: Path) -> None:
    """Of all deaths the share after which an event was lost, and that after which it was handled twice."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(11, 2.6), layout="constrained")
        lost, doubled = figure.subplots(1, 2, sharey=True)
        receivers = told["receivers"]
        names = [f"{name}\n{counted['cells']:,} deaths" for name, counted in receivers.items()]
        for axes, title, column in (
            (lost, "% of them lost the event, answered 200 or sent again", "lost"),
            (doubled, "% of them had it handled to the end twice", "doubled"),
        ):
            counts = [counted.get(column, 0) for counted in receivers.values()]
            worlds = [counted["cells"] for counted in receivers.values()]
            shares = [100 * count / of_all for count, of_all in zip(counts, worlds, strict=True)]
            bars = axes.barh(names, shares, 0.6, color=[COLOURS[OURS], *[COLOURS[USUAL]] * (len(names) - 1)])
            axes.bar_label(bars, [f" {count}" for count in counts])
            axes.set(title=title)
        lost.invert_yaxis()
        figure.savefig(to, metadata={"Date": None})
