"""Runs the whole crash matrix, ours and the baselines', and writes it into docs/reliability.md.

Run by `make reliability`.
"""

import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import groupby

from rich.progress import track

from tests.faults.fault import Call, Point
from tests.faults.matrix import DEATHS, Cell, Outcome, cells, outcome
from tests.faults.simulation import OURS
from tests.unit.examples import ROOT
from tools.pages import with_generated
from webhooks.aws.log import logger

PAGE = ROOT / "docs" / "reliability.md"
US = "this receiver"
RECEIVERS = {
    US: OURS,
    "conditional put, then send": "benchmarks/baselines/tutorial",
    "`@idempotent` around send": "benchmarks/baselines/powertools",
}
COLUMNS = {
    "cells": "worlds",
    "lost after 200": "lost after a 200",
    "lost": "lost although sent again",
    "doubled": "handled twice",
    "begun again after a kill": "killed handler begun again",
}

type Played = tuple[Cell, Outcome]


def main() -> None:
    """Run, write, and fail if ours lost or doubled anything."""
    played = {name: play(receiver) for name, receiver in RECEIVERS.items()}
    text = "\n".join([*summary({name: counts(results) for name, results in played.items()}), "", *_table(played[US])])
    PAGE.write_text(with_generated(PAGE.read_text(), "matrix", text))
    counted = counts(played[US])
    if counted["lost"] or counted["doubled"]:
        sys.exit(f"the matrix shows {counted['lost']} lost and {counted['doubled']} doubled")


def play(receiver: str) -> list[Played]:
    """The whole matrix, on all cores, with a progress bar."""
    with ProcessPoolExecutor(initializer=_silence) as pool:
        every = pool.submit(_cells, receiver).result()
        results = pool.map(outcome, every, [receiver] * len(every), chunksize=8)
        return list(zip(every, track(results, receiver, total=len(every), disable=False), strict=True))


def _cells(receiver: str) -> list[Cell]:
    return list(cells(receiver))


def _silence() -> None:
    # The functions' own logs and metrics, of thousands of runs.
    logger.setLevel("CRITICAL")
    sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115 - for the life of the process


def counts(played: Iterable[Played]) -> Counter[str]:
    """The totals named in `COLUMNS`."""
    found: Counter[str] = Counter()
    for cell, seen in played:
        found["cells"] += 1
        found["lost after 200"] += bool(seen.lost_after_200)
        found["lost"] += bool(seen.lost(cell.resend))
        found["begun again after a kill"] += seen.begun_again and cell.kills_handler
        found["doubled"] += seen.doubled and not cell.kills_handler
    return found


def summary(counted: dict[str, Counter[str]]) -> Iterator[str]:
    """The table of receivers, line by line."""
    yield f"| receiver | {' | '.join(COLUMNS.values())} |"
    yield f"|---|{'---|' * len(COLUMNS)}"
    for name, totals in counted.items():
        yield f"| {name} | {' | '.join(str(totals[column]) for column in COLUMNS)} |"


def _table(played: list[Played]) -> Iterator[str]:
    yield f"| where | the call | {' | '.join(point.value for point in Point)} |"
    yield f"|---|---|{'---|' * len(Point)}"
    for scene, of_scene in groupby(played, key=lambda one: one[0].scene):
        by_call = [(call, list(one)) for call, one in groupby(of_scene, key=lambda one: one[0].call)]
        for (function, operation, on), run in groupby(by_call, key=lambda one: _same(one[0])):
            of_call = [part for _, part in run]
            times = f", {len(of_call)} times" if len(of_call) > 1 else ""
            texts = " | ".join(_text([one for part in of_call for one in part], point) for point in Point)
            yield f"| {scene.value} | {function}: {operation} on {on}{times} | {texts} |"


def _same(call: Call) -> tuple[str, str, str]:
    return call.function, call.operation, call.on


def _text(played: list[Played], point: Point) -> str:
    counted = counts(one for one in played if one[0].point is point)
    lost = f"{counted['lost']} of {counted['cells']} lost"
    if counted["doubled"]:
        return f"{lost}, **{counted['doubled']} twice**"
    if counted["begun again after a kill"]:
        return f"{lost}, **begun again**"
    return lost if played[0][0].scene in DEATHS else f"{lost}, 1 run"


if __name__ == "__main__":
    main()
