"""Cold start: from the beginning of the process to the first answer, with what Lambda would find on its path.

A fresh process each time, with nothing compiled but what the build has compiled: Lambda's file system is read-only.
"""

import re
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from functools import reduce
from itertools import product
from operator import and_
from typing import Any

from benchmarks.artefact import HANDLER, INGEST, Artefact, artefacts, running
from benchmarks.instructions import counted
from benchmarks.quartiles import spread
from benchmarks.series import OURS, USUAL
from benchmarks.situations import COLD, FIRST, events, is_right
from benchmarks.stand_in import stand_in

AIM = {INGEST: 1 / 4, HANDLER: 1 / 3}
"""Of what it takes as it is usually built."""

_TURNS, _IMPORT_TURNS = 15, 5
_IMPORT = re.compile(r"import time:\s+(\d+) \|\s+\d+ \|\s+(\S+)")
_LIBRARY, _OWN = "standard library", "its own code"
_SHOWN = 6


def measure(tell: Callable[[str], object] = lambda _: None) -> dict[str, Any]:
    """By part (`ingest`, `handler`) and name of the artefact.

    `cpu_ms` (p25, p50, p75), `cpu_ms_all` (of each run), `million_instructions` (None without valgrind),
    `import_ms` by package; and the `aim` by part, and what was `reached`.
    """
    with stand_in() as url:
        every = artefacts(url)
        spent: dict[tuple[str, str], list[float]] = {(each.part, each.name): [] for each in every}
        for turn, artefact in product(range(_TURNS), every):
            spent[artefact.part, artefact.name].append(_start(artefact))
            if artefact is every[-1]:
                tell(f"cold starts: turn {turn + 1} of {_TURNS}")
        imports = {(each.part, each.name): _imports(each) for each in every}
    tell("instructions, by valgrind")
    counts = counted()
    told: dict[str, Any] = {INGEST: {}, HANDLER: {}}
    for (part, name), each in spent.items():
        told[part][name] = {
            "cpu_ms": spread(each),
            "cpu_ms_all": each,
            "million_instructions": counts[part, name][COLD] if counts else None,
            "import_ms": imports[part, name],
        }
    return told | {"aim": AIM, "reached": {part: _share(told[part][OURS], told[part][USUAL]) for part in AIM}}


def _start(artefact: Artefact) -> float:
    with running(artefact) as process:
        call = process.call(next(events(FIRST[artefact.part])))
    assert is_right(FIRST[artefact.part], call.answer)
    return call.cpu_ms_in_all


def _imports(artefact: Artefact) -> dict[str, float]:
    """Milliseconds by package: of each module the least of a few runs, for these are times on the clock."""
    runs = [Counter(dict(_timed(artefact))) for _ in range(_IMPORT_TURNS)]
    packages: Counter[str] = Counter()
    for module, microseconds in reduce(and_, runs).items():  # the smaller of two counts, that is
        packages[package(module)] += microseconds
    return {package: microseconds / 1000 for package, microseconds in packages.most_common()}


def _timed(artefact: Artefact) -> Iterator[tuple[str, int]]:
    with tempfile.TemporaryFile("w+") as log:
        with running(artefact, "-X", "importtime", log=log) as process:
            process.call(next(events(FIRST[artefact.part])))
        log.seek(0)
        for line in log:
            if match := _IMPORT.match(line):
                yield match[2], int(match[1])


def package(module: str) -> str:
    """Under what a module's import is told: its top-level package, or one of two collective names."""
    top = module.partition(".")[0]
    if top in sys.stdlib_module_names:
        return _LIBRARY
    return _OWN if top in {"app", "webhooks"} else top


def _share(of: dict[str, Any], usual: dict[str, Any]) -> dict[str, float | None]:
    counts, usual_counts = of["million_instructions"], usual["million_instructions"]
    return {
        "cpu": of["cpu_ms"]["p50"] / usual["cpu_ms"]["p50"],
        "instructions": counts / usual_counts if counts and usual_counts else None,
    }


def table(told: dict[str, Any]) -> str:
    """Two tables: what it takes, and which imports take it."""
    return "\n".join([*_taken(told), "", *_imported(told)])


def _taken(told: dict[str, Any]) -> Iterator[str]:
    yield (
        f"From the start of the process to its first answer (an accepted event; a batch of ten): CPU time as the "
        f"median of {_TURNS} fresh processes, in turns on one core, with the quartiles; instructions as callgrind "
        "counts them."
    )
    yield ""
    yield "| | built by | CPU, ms | of as usually built | instructions, millions | of as usually built | aim |"
    yield "|---|---|--:|--:|--:|--:|--:|"
    for part, aim in AIM.items():
        for name, each in told[part].items():
            cpu, counts, share = each["cpu_ms"], each["million_instructions"], _share(each, told[part][USUAL])
            cells = (
                f"{cpu['p50']:.0f} ({cpu['p25']:.0f} to {cpu['p75']:.0f})",
                f"{share['cpu']:.2f}",
                "not counted" if counts is None else f"{counts:,.0f}",
                "" if share["instructions"] is None else f"{share['instructions']:.2f}",
                f"{aim:.2f}" if name == OURS else "",
            )
            yield f"| {part} | {name} | {' | '.join(cells)} |"


def _imported(told: dict[str, Any]) -> Iterator[str]:
    every = [(part, name, each) for part in AIM for name, each in told[part].items()]
    packages: Counter[str] = Counter()
    for _, _, each in every:
        packages.update(each["import_ms"])
    shown = [package for package, _ in packages.most_common(_SHOWN)]
    yield (
        f"Milliseconds of it that go into imports, by package (`-X importtime`, of each module the least of "
        f"{_IMPORT_TURNS} runs). The rest makes the clients, and answers."
    )
    yield ""
    yield f"| | built by | {' | '.join(shown)} | others | the rest |"
    yield f"|---|---|{'--:|' * (len(shown) + 2)}"
    for part, name, each in every:
        took: dict[str, float] = each["import_ms"]
        others = sum(took.values()) - sum(took.get(package, 0) for package in shown)
        rest = each["cpu_ms"]["p50"] - sum(took.values())
        cells = [*(took.get(package, 0) for package in shown), others, rest]
        yield f"| {part} | {name} | {' | '.join(f'{cell:.0f}' for cell in cells)} |"


if __name__ == "__main__":
    print(table(measure(print)))
