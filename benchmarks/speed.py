"""Cold starts and warm calls of the built functions, compared with receivers as they are usually built.

Each function has what Lambda would find on its path, in a read-only file system: only what the build compiled is
compiled. AWS is a fake on the same machine, at AWS's own names and with TLS: for each connection the function loads the
certificates that it trusts. CPU times are medians, with the quartiles, in turns on one core; instructions are counted
by callgrind.
"""

import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import reduce
from itertools import islice, product
from operator import and_
from statistics import median, quantiles
from typing import Any

from benchmarks.cores import measured_and_other
from benchmarks.cost_by_size import USUAL
from benchmarks.markdown import table as markdown_table
from benchmarks.receivers import built_functions
from tools.speed.fake_aws import FakeAws, counts, fake_aws_with_tls
from tools.speed.instructions import AVAILABLE, START, Counts, count
from tools.speed.process import HANDLER, INGEST, OURS, Function, Process, running
from tools.speed.share import limited
from tools.speed.situations import BATCH, COLD, IDLE, WARM, WARM_UP, check, events, events_in, prepare, start

GOAL = {INGEST: 0.24, HANDLER: 0.33}
"""Share of a cold start as usually built."""

_COLD_TURNS, _IMPORT_TURNS = 15, 5
_WARM_TURNS, _CALLS, _FEW = 4, 100, {BATCH: 10, IDLE: 10}
_LAMBDA_TURNS = 7
_ONE_CORE, _MEMORY = 1769, {INGEST: 1024, HANDLER: 512}
"""MB of memory that give a whole core, and those of the functions."""
_IMPORT = re.compile(r"import time:\s+(\d+) \|\s+\d+ \|\s+(\S+)")
_SHOWN = 6
"""Packages with a column of their own."""


def measure(log: Callable[[str], object] = lambda _: None) -> dict[str, Any]:
    """`functions`: a row for each `part` and `receiver`.

    `cold` has `cpu_ms`, `million_instructions` (None without valgrind) and `import_ms` by package; `warm` has for each
    situation, per event, `cpu_ms`, `million_instructions` and `aws_calls` by operation; `as_lambda` has the elapsed ms
    of the init phase, and of each call at the memory's share of a core.
    """
    with fake_aws_with_tls() as aws:
        log("sam build")
        functions = built_functions()
        cold, warm = _cold(functions, aws, log), _warm(functions, aws, log)
        imports = [_imports(each, aws) for each in functions]
        log("as Lambda runs it")
        throttled = _as_lambda(functions, aws)
        log("instructions, by valgrind")
        instructions: list[Counts | None] = [*count(functions)] if AVAILABLE else [None] * len(functions)
    rows = zip(functions, cold, warm, imports, instructions, strict=True)
    return {"functions": [_row(*row) | {"as_lambda": each} for row, each in zip(rows, throttled, strict=True)]}


def table(results: dict[str, Any]) -> str:
    """Four tables: cold starts, their imports, warm calls, and calls as Lambda runs them."""
    rows = results["functions"]
    tables = (_cold_table(rows), _import_table(rows), _warm_table(rows), _lambda_table(rows))
    return "\n\n".join("\n".join(lines) for lines in tables)


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


def _cold(functions: list[Function], aws: FakeAws, log: Callable[[str], object]) -> list[list[float]]:
    """CPU milliseconds of each cold start, by function."""
    core, _ = measured_and_other()
    spent: list[list[float]] = [[] for _ in functions]
    for turn in range(_COLD_TURNS):
        log(f"cold starts: turn {turn + 1} of {_COLD_TURNS}")
        for function, times in zip(functions, spent, strict=True):
            with running(function, aws=aws, core=core) as process:
                times.append(start(process, function.part))
    return spent


def _warm(functions: list[Function], aws: FakeAws, log: Callable[[str], object]) -> list[dict[str, dict[str, Any]]]:
    """By function and situation: CPU milliseconds per event of each call, and AWS calls per event."""
    core, _ = measured_and_other()
    found: list[dict[str, dict[str, Any]]] = [{} for _ in functions]
    for turn, (function, of_function) in product(range(_WARM_TURNS), zip(functions, found, strict=True)):
        log(f"warm calls: turn {turn + 1} of {_WARM_TURNS}, {function.part}, {function.receiver}")
        with running(function, aws=aws, core=core) as process:
            for situation in WARM[function.part]:
                cpu, aws_calls = _calls(process, situation, aws.url)
                row = of_function.setdefault(situation, {"cpu_ms": []})
                row["cpu_ms"] += cpu
                row["aws_calls"] = aws_calls
    return found


def _calls(process: Process, situation: str, url: str) -> tuple[list[float], dict[str, float]]:
    endless = events(situation)
    for event in islice(endless, WARM_UP):
        process.call(event)
    before, number, spent = Counter(counts(url)), _FEW.get(situation, _CALLS), []
    for event in islice(endless, number):
        prepare(situation, url)
        call = process.call(event)
        check(situation, call.answer)
        spent.append(call.cpu_ms / events_in(situation))
    made = Counter(counts(url)) - before
    return spent, {operation: times / number / events_in(situation) for operation, times in made.items()}


def _imports(function: Function, aws: FakeAws) -> dict[str, float]:
    """Milliseconds by package; of each module the least of some runs, because these are wall times."""
    runs = [Counter(dict(_timed_imports(function, aws))) for _ in range(_IMPORT_TURNS)]
    packages: Counter[str] = Counter()
    for module, microseconds in reduce(and_, runs).items():  # the intersection of counters has the smaller counts
        packages[package(module)] += microseconds
    return {name: microseconds / 1000 for name, microseconds in packages.most_common()}


def _timed_imports(function: Function, aws: FakeAws) -> Iterator[tuple[str, int]]:
    core, _ = measured_and_other()
    with tempfile.TemporaryFile("w+") as log:
        with running(function, "-X", "importtime", aws=aws, core=core, log=log) as process:
            start(process, function.part)
        log.seek(0)
        yield from ((match[2], int(match[1])) for line in log if (match := _IMPORT.match(line)))


def _as_lambda(functions: list[Function], aws: FakeAws) -> list[dict[str, float]]:
    """Medians by function of the elapsed milliseconds: the init phase on a whole core, then calls at a share of it."""
    runs: list[list[dict[str, float]]] = [[] for _ in functions]
    for _, (function, of_function) in product(range(_LAMBDA_TURNS), zip(functions, runs, strict=True)):
        of_function.append(_one_as_lambda(function, aws))
    return [{name: median(run[name] for run in of_function) for name in of_function[0]} for of_function in runs]


def _one_as_lambda(function: Function, aws: FakeAws) -> dict[str, float]:
    core, _ = measured_and_other()
    began, found = time.perf_counter(), dict[str, float]()
    with running(function, aws=aws, core=core) as process:
        process.init_cpu_ms()
        found["init"] = 1000 * (time.perf_counter() - began)
        first = COLD[function.part]
        with limited(process.id, _MEMORY[function.part] / _ONE_CORE):
            for name, situation in (("first call", first), (first, first), (IDLE, IDLE)):
                if situation in (first, *WARM[function.part]):
                    prepare(situation, aws.url)
                    event, began = next(events(situation)), time.perf_counter()
                    check(situation, process.call(event).answer)
                    found[name] = 1000 * (time.perf_counter() - began)
    return found


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
    few = _WARM_TURNS * _FEW[BATCH]
    yield f"Warm calls per event; {_WARM_TURNS * _CALLS} calls ({few} of batches of ten and after an idle minute):"
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


def _lambda_table(rows: list[dict[str, Any]]) -> Iterator[str]:
    shares = ", ".join(f"{part} {share / _ONE_CORE:.2f} ({share} MB)" for part, share in _MEMORY.items())
    yield "As Lambda runs it: elapsed milliseconds, medians of "
    yield f"{_LAMBDA_TURNS} new processes, with the init phase on a whole core and then a share of it: {shares}."
    yield "A call of a handler is a batch of ten messages. After an idle minute AWS has closed the connections."
    yield ""
    cells = []
    for row in rows:
        each: dict[str, float] = row["as_lambda"]
        warm = each[COLD[row["part"]]]
        columns = [each["init"], each["first call"], each["init"] + each["first call"], warm]
        idle = f"{each[IDLE]:.0f}" if IDLE in each else ""
        cells.append([row["part"], row["receiver"], *(f"{column:.0f}" for column in columns), idle])
    heads = ["", "receiver", "init", "first call", "together", "warm call", "accepted after an idle minute"]
    yield from markdown_table(heads, cells)


def _cpu(spread: dict[str, float], form: str) -> str:
    return f"{spread['p50']:{form}} ({spread['p25']:{form}} to {spread['p75']:{form}})"


if __name__ == "__main__":
    print(table(measure(print)))
