"""Instructions as valgrind's callgrind counts them: of cold start and warm calls in one run, for it is a slow one.

Unlike times they are the same from run to run, but for a percent: Python seeds its hashes anew in each process.
"""

import re
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import islice
from pathlib import Path

from benchmarks.artefact import Artefact, artefacts, running
from benchmarks.situations import BATCH, COLD, FIRST, OF, WARM_UP, events, is_right
from benchmarks.stand_in import stand_in

_CALLS, _BATCHES = 20, 5
"""Over which the instructions of one are averaged."""
_AT_ONCE = 2
"""What others do on the machine changes no count."""

type Counts = dict[str, float]
"""Millions of instructions by situation: of the process up to its first answer, then of a warm call."""


@cache
def counted() -> dict[tuple[str, str], Counts]:
    """By part and name of each artefact; empty where there is no valgrind."""
    if shutil.which("valgrind") is None:
        return {}
    with stand_in() as url:
        return count(artefacts(url))


def count(every: list[Artefact]) -> dict[tuple[str, str], Counts]:
    """Of these, by part and name."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        names = [(artefact.part, artefact.name) for artefact in every]
        return dict(zip(names, pool.map(_count, every), strict=True))


def _count(artefact: Artefact) -> Counts:
    with tempfile.TemporaryDirectory(prefix="webhooks-callgrind-") as scratch:
        out = Path(scratch, "out")
        callgrind = ("valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", "--dump-after=getppid")
        with running(artefact, under=callgrind) as process:
            process.call(next(events(FIRST[artefact.part])))
            process.mark()
            calls = {situation: _few(situation) for situation in OF[artefact.part]}
            for situation, number in calls.items():
                for place, event in enumerate(islice(events(situation), WARM_UP + number)):
                    if place == WARM_UP:
                        process.mark()
                    assert is_right(situation, process.call(event).answer)
                process.mark()
        parts = [_total(out.with_name(f"out.{number}")) / 1e6 for number in range(1, 2 + 2 * len(calls))]
    warm = zip(calls.items(), parts[2::2], strict=True)
    return {COLD: parts[0], **{situation: total / number for (situation, number), total in warm}}


def _few(situation: str) -> int:
    return _BATCHES if situation == BATCH else _CALLS


def _total(dump: Path) -> int:
    found = re.search(r"^summary: (\d+)", dump.read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1])
