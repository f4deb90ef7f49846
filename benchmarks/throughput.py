"""Events a second on one core, and how long each takes: the built ingest function beside the FastAPI servers.

`measure` gives `seconds` of each turn, `bytes` of a body, `cores` (1 if load and receiver had to share one),
`fsync_ms` of the disk, and `receivers`: by name, by events in flight (as text), `turns` and their `median`, `lowest`
and `highest`, each with `events_per_second`, `p50`, `p95`, `p99` (ms), `cpu_ms` of the receiver for an event, and
`busy`, the part of the receiver's core that it used.
"""

import asyncio
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from itertools import count, product
from statistics import median
from typing import Any

import psutil

from benchmarks.load import SIZE, drive
from benchmarks.receivers import Receiver, fastapi, our_function
from benchmarks.stand_in import reset, stand_in
from tools.local.emulator import ROOT
from tools.local.stack import build

TURNS, SECONDS, WARM_UP = 3, 3.0, 0.5

OURS = "this receiver, environments: {}"
BOTO3, SQLITE = "FastAPI + boto3", "FastAPI + SQLite"
RUNS = {
    1: (OURS.format(1), BOTO3, SQLITE),
    8: (OURS.format(2), OURS.format(8), BOTO3, SQLITE),
    32: (OURS.format(2), OURS.format(8), BOTO3, SQLITE),
}
"""Who is measured with so many events in flight."""

STEPS = {BOTO3: {"PutItem", "SendMessage"}, SQLITE: {"rows"}}
OUR_STEPS = {"PutItem", "SendMessage", "UpdateItem"}
"""What each does once for an event, and nothing beside it."""


def measure(tell: Callable[[str], object] = lambda _: None) -> dict[str, Any]:
    """In turns, so that what disturbs one disturbs all. The load runs on a core of its own, with the stand-in."""
    tell("sam build")
    build()
    usual = os.sched_getaffinity(0)
    receivers_core, *_, load_core = sorted(usual) * 2
    os.sched_setaffinity(0, {load_core})
    try:
        with stand_in() as url:
            turns = asyncio.run(_turns(url, receivers_core, tell))
    finally:
        os.sched_setaffinity(0, usual)
    return {
        "seconds": SECONDS,
        "bytes": SIZE,
        "cores": len({receivers_core, load_core}),
        "fsync_ms": _fsync(),
        "receivers": {name: {flying: of_turns(each) for flying, each in by.items()} for name, by in turns.items()},
    }


async def _turns(url: str, core: int, tell: Callable[[str], object]) -> dict[str, dict[str, list[dict[str, float]]]]:
    ids = (f"00000000-0000-4000-8000-{number:012}" for number in count(1))
    told: dict[str, dict[str, list[dict[str, float]]]] = {}
    async with AsyncExitStack() as running:
        tell("starting the receivers")
        receivers = {
            BOTO3: running.enter_context(fastapi("fastapi_boto3", url, core)),
            SQLITE: running.enter_context(fastapi("fastapi_sqlite", url, core)),
        }
        for environments in (1, 2, 8):
            started = await running.enter_async_context(our_function(url, core, environments))
            receivers[OURS.format(environments)] = started
        for turn, (in_flight, names) in product(range(TURNS), RUNS.items()):
            for name in names:
                reset(url)
                found = await _turn(receivers[name], in_flight, ids, STEPS.get(name, OUR_STEPS))
                told.setdefault(name, {}).setdefault(str(in_flight), []).append(found)
                tell(f"turn {turn + 1}: {name}, {in_flight} in flight: {found['events_per_second']:.0f} events/s")
    return told


async def _turn(receiver: Receiver, in_flight: int, ids: Iterator[str], steps: set[str]) -> dict[str, float]:
    async with receiver.sends(in_flight) as sends:
        await drive(sends, ids, WARM_UP)
        done, used = receiver.done(), _cpu(receiver.processes)
        load = await drive(sends, ids, SECONDS)
        used = _cpu(receiver.processes) - used
    events = len(load.latencies)
    found = {step: number - done.get(step, 0) for step, number in receiver.done().items()}
    assert found == dict.fromkeys(steps, events), f"{events} events, and {found}"
    return load.summary() | {"cpu_ms": 1000 * used / events, "busy": used / load.elapsed}


def of_turns(turns: list[dict[str, float]]) -> dict[str, Any]:
    """The turns, and what they have in common."""
    by_figure = {figure: [turn[figure] for turn in turns] for figure in turns[0]}
    spread: dict[str, Callable[[list[float]], float]] = {"median": median, "lowest": min, "highest": max}
    return {"turns": turns} | {
        name: {figure: of(values) for figure, values in by_figure.items()} for name, of in spread.items()
    }


def table(told: dict[str, Any]) -> str:
    """A row for each receiver and number of events in flight, and how it was measured."""
    columns = "receiver", "in flight", "events/s (of all turns)", "p50 ms", "p95 ms", "p99 ms", "CPU ms/event", "core"
    rows = [_row(name, flying, of) for name, by in told["receivers"].items() for flying, of in by.items()]
    return "\n".join([f"| {' | '.join(columns)} |", "|---" + 7 * "|--:" + "|", *rows, "", _how(told)])


def _how(told: dict[str, Any]) -> str:
    turns = len(next(iter(next(iter(told["receivers"].values())).values()))["turns"])
    shared = "" if told["cores"] > 1 else " There was but one core: the load took its part of it."
    return (
        f"Medians of {turns} turns of {told['seconds']:g} s each, bodies of {told['bytes']} bytes, every event new, "
        "every answer and every call of AWS counted. All receivers on one and the same core, load and AWS stand-in on "
        f"another.{shared} `core` is the part of theirs that they used. This receiver: the built function behind AWS's "
        "own runtime client, fed with API Gateway's events; it writes, sends, and marks as sent (3 calls), and logs. "
        "Lambda would start an environment for each event in flight, and give it a part of a core to itself; here they "
        "share one, and what is in flight beyond them waits. FastAPI: one process of uvicorn, its log of requests off, "
        "fed over HTTP. With boto3 it writes and sends (2 calls): what dies between the two is lost. With SQLite it "
        "commits one transaction, `synchronous=FULL`, to this one disk, where an fsync takes "
        f"{told['fsync_ms']:.2f} ms; what takes them on from there is not counted. Neither TLS nor API Gateway is."
    )


def _row(name: str, in_flight: str, of: dict[str, Any]) -> str:
    middle, low, high = of["median"], of["lowest"]["events_per_second"], of["highest"]["events_per_second"]
    spread = f"{middle['events_per_second']:.0f} ({low:.0f} to {high:.0f})"
    shares = " | ".join(f"{middle[share]:.1f}" for share in ("p50", "p95", "p99"))
    return f"| {name} | {in_flight} | {spread} | {shares} | {middle['cpu_ms']:.2f} | {middle['busy']:.0%} |"


def _cpu(processes: list[int]) -> float:
    """Seconds of CPU that they have used so far."""
    times = [psutil.Process(process).cpu_times() for process in processes]
    return sum(each.user + each.system for each in times)


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
