"""Events a second on one core, and how long each takes: the built ingest function beside the FastAPI servers.

`measure` gives `turns`, `seconds` of each, `bytes` of a body, `cores` (1 if load and receiver had to share one),
`fsync_ms` of the disk, `uvloop` (whether uvicorn had it), and `receivers`: by name, by events in flight (as text),
`turns` and their `median`, `lowest` and `highest`, each with `events_per_second`, `p50`, `p95`, `p99` (ms), `cpu_ms` of
the receiver for an event, `busy`, the part of the receiver's core that it used, and `others`, what all else used of it.
"""

import asyncio
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from importlib.util import find_spec
from itertools import count, product
from statistics import median
from typing import Any

import psutil

from benchmarks.cores import first_and_last, on
from benchmarks.load import SIZE, drive
from benchmarks.receivers import Receiver, fastapi, our_function
from benchmarks.stand_in import reset, stand_in
from tools.local.emulator import ROOT
from tools.local.stack import build

TURNS, SECONDS, WARM_UP = 3, 3.0, 0.5

OURS, BOTO3, SQLITE = "this receiver, environments: {}", "FastAPI + boto3", "FastAPI + SQLite"
ENVIRONMENTS = {1: (1,), 8: (2, 8), 32: (2, 8)}
"""Of this receiver, by events in flight."""

STEPS = {BOTO3: {"PutItem", "SendMessage"}, SQLITE: {"rows"}}
OUR_STEPS = {"PutItem", "SendMessage", "UpdateItem"}
"""What each does once for an event, and nothing beside it."""


def measure(tell: Callable[[str], object] = lambda _: None) -> dict[str, Any]:
    """In turns, so that what disturbs one disturbs all. The load runs on a core of its own, with the stand-in."""
    tell("sam build")
    build()
    receivers_core, load_core = first_and_last()
    with on(load_core), stand_in() as url:
        turns = asyncio.run(_turns(url, receivers_core, tell))
    return {
        "turns": TURNS,
        "seconds": SECONDS,
        "bytes": SIZE,
        "cores": len({receivers_core, load_core}),
        "fsync_ms": _fsync(),
        "uvloop": find_spec("uvloop") is not None,
        "receivers": {name: {flying: of_turns(each) for flying, each in by.items()} for name, by in turns.items()},
    }


async def _turns(url: str, core: int, tell: Callable[[str], object]) -> dict[str, dict[str, list[dict[str, float]]]]:
    ids = (f"00000000-0000-4000-8000-{number:012}" for number in count(1))
    async with AsyncExitStack() as running:
        tell("starting the receivers")
        receivers = {
            OURS.format(number): await running.enter_async_context(our_function(url, core, number))
            for number in sorted({number for numbers in ENVIRONMENTS.values() for number in numbers})
        }
        for name, folder in ((BOTO3, "fastapi_boto3"), (SQLITE, "fastapi_sqlite")):
            receivers[name] = running.enter_context(fastapi(folder, url, core))
        told: dict[str, dict[str, list[dict[str, float]]]] = {name: {} for name in receivers}
        for turn, (in_flight, numbers) in product(range(TURNS), ENVIRONMENTS.items()):
            for name in (*map(OURS.format, numbers), BOTO3, SQLITE):
                reset(url)
                found = await _turn(receivers[name], in_flight, ids, STEPS.get(name, OUR_STEPS), core)
                told[name].setdefault(str(in_flight), []).append(found)
                tell(f"turn {turn + 1}: {name}, {in_flight} in flight: {found['events_per_second']:.0f} events/s")
    return told


async def _turn(receiver: Receiver, in_flight: int, ids: Iterator[str], steps: set[str], core: int) -> dict[str, float]:
    async with receiver.sends(in_flight) as sends:
        await drive(sends, ids, WARM_UP)
        done, used, idle = receiver.done(), _used(receiver.processes), _idle(core)
        load = await drive(sends, ids, SECONDS)
        used, idle = _used(receiver.processes) - used, _idle(core) - idle
    events = len(load.latencies)
    found = {step: number - done.get(step, 0) for step, number in receiver.done().items()}
    assert found == dict.fromkeys(steps, events), f"{events} events, and {found}"
    parts = {"busy": used / load.elapsed, "others": max(0, load.elapsed - used - idle) / load.elapsed}
    return load.summary() | {"cpu_ms": 1000 * used / events} | parts


def of_turns(turns: list[dict[str, float]]) -> dict[str, Any]:
    """The turns, and what they have in common."""
    by_figure = {figure: [turn[figure] for turn in turns] for figure in turns[0]}
    spread: dict[str, Callable[[list[float]], float]] = {"median": median, "lowest": min, "highest": max}
    return {"turns": turns} | {
        name: {figure: of(values) for figure, values in by_figure.items()} for name, of in spread.items()
    }


def table(told: dict[str, Any]) -> str:
    """A row for each receiver and number of events in flight, and how it was measured."""
    columns = "in flight", "receiver", "events/s (of all turns)", "p50 ms", "p95 ms", "p99 ms", "CPU ms/event", "core"
    found = [(int(flying), name, of) for name, by in told["receivers"].items() for flying, of in by.items()]
    rows = [_row(*each) for each in sorted(found, key=lambda each: each[0])]
    return "\n".join([f"| {' | '.join(columns)} |", "|--:|---" + 6 * "|--:" + "|", *rows, "", _how(told)])


def _how(told: dict[str, Any]) -> str:
    others = max(turn["others"] for by in told["receivers"].values() for of in by.values() for turn in of["turns"])
    shared = "" if told["cores"] > 1 else " There was but one core: the load took its part of it."
    return (
        f"Medians of {told['turns']} turns of {told['seconds']:g} s each, bodies of {told['bytes']} bytes, every event "
        "new, every answer and every call of AWS counted. All receivers on one and the same core, load and AWS "
        f"stand-in on another.{shared} `core` is the part of theirs that they used; all else took at most "
        f"{others:.0%} of it in any turn. This receiver: the built function behind AWS's own runtime client, fed with "
        "API Gateway's events; it writes, sends, and marks as sent (3 calls), and logs. Lambda would start an "
        "environment for each event in flight, and give it a part of a core to itself; here they share one, and what "
        f"is in flight beyond them waits. FastAPI: one process of uvicorn, {'with' if told['uvloop'] else 'without'} "
        "uvloop, its log of requests off, fed over HTTP. With boto3 it writes and sends (2 calls): what dies between "
        "the two is lost. With SQLite it commits one transaction, `synchronous=FULL`, to this one disk, where an fsync "
        f"takes {told['fsync_ms']:.2f} ms; what takes the events on from there is not counted. Neither TLS nor API "
        "Gateway is."
    )


def _row(in_flight: int, name: str, of: dict[str, Any]) -> str:
    middle, low, high = of["median"], of["lowest"]["events_per_second"], of["highest"]["events_per_second"]
    spread = f"{middle['events_per_second']:.0f} ({low:.0f} to {high:.0f})"
    shares = " | ".join(f"{middle[share]:.1f}" for share in ("p50", "p95", "p99"))
    return f"| {in_flight} | {name} | {spread} | {shares} | {middle['cpu_ms']:.2f} | {middle['busy']:.0%} |"


def _used(processes: list[int]) -> float:
    """Seconds of CPU that they have used so far."""
    times = [psutil.Process(process).cpu_times() for process in processes]
    return sum(each.user + each.system for each in times)


def _idle(core: int) -> float:
    """Seconds for which the core had nothing to do so far."""
    times = psutil.cpu_times(percpu=True)[core]
    return float(times.idle + times.iowait)


def _fsync() -> float:
    """Milliseconds, the median, for a page of the file that the outbox stands beside."""
    took = []
    with tempfile.TemporaryFile(dir=ROOT / ".aws-sam", buffering=0) as file:
        for _ in range(100):
            file.write(bytes(4096))
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            took.append(time.perf_counter() - began)
    return 1000 * median(took)


if __name__ == "__main__":
    print(table(measure(print)))
