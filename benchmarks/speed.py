"""Cold starts and warm calls of the built functions, compared with receivers as they are usually built.

Each function has what Lambda would find on its path, in a read-only file system: only what the build compiled is
compiled. AWS is a fake on the same machine, without TLS. CPU times are medians, with the quartiles, in turns on one
core; instructions are counted by callgrind.
"""

import re
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from functools import reduce
from itertools import islice, product
from operator import and_
from statistics import quantiles
from typing import Any

from benchmarks.cores import measured_and_other
from benchmarks.cost_by_size import USUAL
from benchmarks.markdown import table as markdown_table
from benchmarks.receivers import built_functions
from tools.speed.fake_aws import counts, fake_aws
from tools.speed.instructions import AVAILABLE, START, Counts, count
from tools.speed.process import HANDLER, INGEST, OURS, Function, Process, running
from tools.speed.situations import BATCH, WARM, WARM_UP, check, events, events_in, start

GOAL = {INGEST: 1 / 4, HANDLER: 1 / 3}
"""Share of a cold start as usually built."""

_COLD_TURNS, _IMPORT_TURNS = 15, 5
_WARM_TURNS, _CALLS, _BATCHES = 4, 100, 10
_IMPORT = re.compile(r"import time:\s+(\d+) \|\s+\d+ \|\s+(\S+)")
_SHOWN = 6
"""Packages with a column of their own."""


def measure(log: Callable[[str], object] = lambda _: None) -> dict[str, Any]:
    """`functions`: a row for each `part` and `receiver`.

    `cold` has `cpu_ms`, `million_instructions` (None without valgrind) and `import_ms` by package; `warm` has for each
    situation, per event, `cpu_ms`, `million_instructions` and `aws_calls` by operation.
    """
    with fake_aws() as url:
        log("sam build")
        functions = built_functions(url)
        cold, warm = _cold(functions, log), _warm(functions, url, log)
        imports = [_imports(each) for each in functions]
        log("instructions, by valgrind")
        instructions: list[Counts | None] = [*count(functions)] if AVAILABLE else [None] * len(functions)
    rows = zip(functions, cold, warm, imports, instructions, strict=True)
    return {"functions": [_row(*row) for row in rows]}


def table(results: dict[str, Any]) -> str:
    """Three tables: cold starts, their imports, warm calls."""
    rows = results["functions"]
    return "\n".join([*_cold_table(rows), "", *_import_table(rows), "", *_warm_table(rows)])


def package(module: str) -> str:
    """The top-level package of a module, or a collective name."""
    top = module.partition(".")[0]
    if top in sys.stdlib_module_names:
        return "standard library"
    return "own code" if top in {"app", "webhooks"} else top


def quartiles(values: list[float]) -> dict[str, float]:
    """The median and the quartiles of two values or more."""
    p25, p50, p75 = quantiles(values, n=4, method="inclusive")
    return {"p25": p25, "p50": p50, "p75": p75}


def _cold(functions: list[Function], log: Callable[[str], object]) -> list[list[float]]:
    """CPU milliseconds of each cold start, by function."""
    core, _ = measured_and_other()
    spent: list[list[float]] = [[] for _ in functions]
    for turn in range(_COLD_TURNS):
        log(f"cold starts: turn {turn + 1} of {_COLD_TURNS}")
        for function, times in zip(functions, spent, strict=True):
            with running(function, core=core) as process:
                times.append(start(process, function.part))
    return spent


def _warm(functions: list[Function], url: str, log: Callable[[str], object]) -> list[dict[str, dict[str, Any]]]:
    """By function and situation: CPU milliseconds per event of each call, and AWS calls per event."""
    core, _ = measured_and_other()
    found: list[dict[str, dict[str, Any]]] = [{} for _ in functions]
    for turn, (function, of_function) in product(range(_WARM_TURNS), zip(functions, found, strict=True)):
        log(f"warm calls: turn {turn + 1} of {_WARM_TURNS}, {function.part}, {function.receiver}")
        with running(function, core=core) as process:
            for situation in WARM[function.part]:
                cpu, aws_calls = _calls(process, situation, url)
                row = of_function.setdefault(situation, {"cpu_ms": []})
                row["cpu_ms"] += cpu
                row["aws_calls"] = aws_calls
    return found


def _calls(process: Process, situation: str, url: str) -> tuple[list[float], dict[str, float]]:
    endless = events(situation)
    for event in islice(endless, WARM_UP):
        process.call(event)
    before, number, spent = Counter(counts(url)), _BATCHES if situation == BATCH else _CALLS, []
    for event in islice(endless, number):
        call = process.call(event)
        check(situation, call.answer)
        spent.append(call.cpu_ms / events_in(situation))
    made = Counter(counts(url)) - before
    return spent, {operation: times / number / events_in(situation) for operation, times in made.items()}


def _imports(function: Function) -> dict[str, float]:
    """Milliseconds by package; of each module the least of some runs, because these are wall times."""
    runs = [Counter(dict(_timed_imports(function))) for _ in range(_IMPORT_TURNS)]
    packages: Counter[str] = Counter()
    for module, microseconds in reduce(and_, runs).items():  # the intersection of counters has the smaller counts
        packages[package(module)] += microseconds
    return {name: microseconds / 1000 for name, microseconds in packages.most_common()}


def _timed_imports(function: Function) -> Iterator[tuple[str, int]]:
    core, _ = measured_and_other()
    with tempfile.TemporaryFile("w+") as log:
        with running(function, "-X", "importtime", core=core, log=log) as process:
            start(process, function.part)
        log.seek(0)
        yield from ((match[2], int(match[1])) for line in log if (match := _IMPORT.match(line)))


def _row(
    function: Function,
    cold: list[float],
    warm: dict[str, dict[str, Any]],
    imports: dict[str, float],
    instructions: Counts | None,
) -> dict[str, Any]:
    for situation, each in warm.items():
        each["cpu_ms"] = quartiles(each["cpu_ms"])
        each["million_instructions"] = instructions and instructions[situation] / events_in(situation)
    started = {"cpu_ms": quartiles(cold), "million_instructions": instructions and instructions[START]}
    return {
        "part": function.part,
        "receiver": function.receiver,
        "cold": started | {"import_ms": imports},
        "warm": warm,
    }


def _cold_table(rows: list[dict[str, Any]]) -> Iterator[str]:
    yield f"Cold starts, from the start of the process to its first answer; {_COLD_TURNS} new processes each:"
    yield ""
    usual = {row["part"]: row["cold"] for row in rows if row["receiver"] == USUAL}
    cells = []
    for row in rows:
        cold, other = row["cold"], usual[row["part"]]
        instructions = cold["million_instructions"]
        cells.append(
            [
                row["part"],
                row["receiver"],
                _cpu(cold["cpu_ms"], ".0f"),
                f"{cold['cpu_ms']['p50'] / other['cpu_ms']['p50']:.2f}",
                f"{instructions:,.0f}" if instructions else "not counted",
                f"{instructions / other['million_instructions']:.2f}" if instructions else "",
                f"{GOAL[row['part']]:.2f}" if row["receiver"] == OURS else "",
            ]
        )
    heads = ["", "receiver", "CPU, ms", "of usual", "instructions, millions", "of usual", "goal"]
    yield from markdown_table(heads, cells)


def _import_table(rows: list[dict[str, Any]]) -> Iterator[str]:
    packages: Counter[str] = Counter()
    for row in rows:
        packages.update(row["cold"]["import_ms"])
    shown = [name for name, _ in packages.most_common(_SHOWN)]
    yield f"Milliseconds of it that are imports (`-X importtime`, the least of {_IMPORT_TURNS} runs):"
    yield ""
    cells = []
    for row in rows:
        times: dict[str, float] = row["cold"]["import_ms"]
        columns = [times.get(name, 0) for name in shown]
        columns += [sum(times.values()) - sum(columns), row["cold"]["cpu_ms"]["p50"] - sum(times.values())]
        cells.append([row["part"], row["receiver"], *(f"{column:.0f}" for column in columns)])
    yield from markdown_table(["", "receiver", *shown, "other packages", "not imports"], cells)


def _warm_table(rows: list[dict[str, Any]]) -> Iterator[str]:
    yield f"Warm calls per event; {_WARM_TURNS * _CALLS} calls ({_WARM_TURNS * _BATCHES} batches of ten messages) each:"
    yield ""
    cells = []
    for situation in (situation for situations in WARM.values() for situation in situations):
        for row in (row for row in rows if situation in row["warm"]):
            each = row["warm"][situation]
            instructions, calls = each["million_instructions"], each["aws_calls"]
            cells.append(
                [
                    "message of a batch" if situation == BATCH else situation,
                    row["receiver"],
                    _cpu(each["cpu_ms"], ".2f"),
                    f"{instructions:.1f}" if instructions else "not counted",
                    ", ".join(f"{number:g} {operation}" for operation, number in calls.items()) or "none",
                ]
            )
    yield from markdown_table(["", "receiver", "CPU, ms", "instructions, millions", "AWS calls"], cells)


def _cpu(spread: dict[str, float], form: str) -> str:
    return f"{spread['p50']:{form}} ({spread['p25']:{form}} to {spread['p75']:{form}})"


if __name__ == "__main__":
    print(table(measure(print)))
