"""Plays the whole crash matrix, ours and the baselines', and writes it into docs/reliability.md.

Run by `make reliability`.
"""

import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import groupby
from pathlib import Path

from rich.progress import track

from tests.faults.hazard import Call, Point
from tests.faults.matrix import OURS, Cell, Outcome, Resend, cells, outcome
from tools.pages import with_generated
from webhooks.aws.log import logger

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
RECEIVERS = {
    "this receiver": OURS,
    "conditional put, then send": "benchmarks/baselines/tutorial",
    "`@idempotent` around send": "benchmarks/baselines/powertools",
}

type Played = tuple[Cell, Outcome]


def main() -> None:
    """Play, write, and fail if ours lost or doubled anything."""
    _silence()
    played = {name: _play(receiver) for name, receiver in RECEIVERS.items()}
    text = "\n".join([*_summary(played), "", *_table(played["this receiver"])])
    PAGE.write_text(with_generated(PAGE.read_text(), "matrix", text))
    counts = _counts(played["this receiver"])
    if counts["lost"] or counts["doubled"]:
        sys.exit(f"the matrix shows {counts['lost']} lost and {counts['doubled']} doubled")


def _play(receiver: str) -> list[Played]:
    every = list(cells(receiver))
    with ProcessPoolExecutor(initializer=_silence) as pool:
        results = pool.map(outcome, every, [receiver] * len(every), chunksize=8)
        return list(zip(every, track(results, receiver, total=len(every), disable=False), strict=True))


def _silence() -> None:
    # The functions' own logs and metrics, of thousands of runs.
    logger.setLevel("CRITICAL")
    sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115 - for the life of the process


def _counts(played: Iterable[Played]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for cell, seen in played:
        promised = seen.answered or cell.resend is not Resend.NEVER
        counts["cells"] += 1
        counts["lost after 200"] += seen.answered and seen.lost
        counts["lost"] += promised and seen.lost
        counts["begun again after a kill"] += seen.begun_again and cell.kills_handler
        counts["doubled"] += len(seen.completed) > 1 and not cell.kills_handler
    return counts


def _summary(played: dict[str, list[Played]]) -> Iterator[str]:
    columns = ("cells", "lost after 200", "lost", "doubled", "begun again after a kill")
    heads = ("worlds", "lost after a 200", "lost although sent again", "handled twice", "killed handler begun again")
    yield f"| receiver | {' | '.join(heads)} |"
    yield f"|---|{'---|' * len(columns)}"
    for name, all_of_it in played.items():
        counts = _counts(all_of_it)
        yield f"| {name} | {' | '.join(str(counts[column]) for column in columns)} |"


def _table(played: list[Played]) -> Iterator[str]:
    yield f"| where | the call | {' | '.join(point.value for point in Point)} |"
    yield f"|---|---|{'---|' * len(Point)}"
    for scene, of_scene in groupby(played, key=lambda one: one[0].scene):
        by_call = [(call, list(one)) for call, one in groupby(of_scene, key=lambda one: one[0].call)]
        for (function, operation, on), run in groupby(by_call, key=lambda one: _same(one[0])):
            of_call = [part for _, part in run]
            times = f", {len(of_call)} times" if len(of_call) > 1 else ""
            told = " | ".join(_told([one for part in of_call for one in part], point) for point in Point)
            yield f"| {scene.value} | {function}: {operation} on {on}{times} | {told} |"


def _same(call: Call) -> tuple[str, str, str]:
    return call.function, call.operation, call.on


def _told(played: list[Played], point: Point) -> str:
    counts = _counts(one for one in played if one[0].point is point)
    lost = f"{counts['lost']} of {counts['cells']} lost"
    if counts["doubled"]:
        return f"{lost}, **{counts['doubled']} twice**"
    return lost + (", **begun again**" if counts["begun again after a kill"] else ", 1 run")


if __name__ == "__main__":
    main()
