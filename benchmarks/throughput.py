"""Events a second on one core, and their latency: the built ingest function compared with FastAPI servers."""

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

from benchmarks.cores import measured_and_other, on
from benchmarks.load import SIZE, drive
from benchmarks.markdown import table as markdown_table
from benchmarks.receivers import WORK, our_build
from benchmarks.servers import Server, fastapi, our_function
from tools.speed.fake_aws import FakeAws, fake_aws_with_tls, reset

TURNS, SECONDS, WARM_UP = 3, 3.0, 0.5

OURS, BOTO3, MARKED = "this receiver, environments: {}", "FastAPI + boto3, 2 calls", "FastAPI + boto3, our 3 calls"
SQLITE = "FastAPI + SQLite"
ENVIRONMENTS = {1: (1,), 8: (2, 8), 32: (2, 8)}
"""Environments of this receiver, by events in flight."""
FASTAPI: dict[str, dict[str, Any]] = {
    BOTO3: {"baseline": "fastapi_boto3"},
    MARKED: {"baseline": "fastapi_boto3", "marks": True},
    SQLITE: {"baseline": "fastapi_sqlite"},
}
STEPS = {BOTO3: {"PutItem", "SendMessage"}, SQLITE: {"rows"}}
OUR_STEPS = {"PutItem", "SendMessage", "UpdateItem"}
"""The steps of an event, each exactly once."""

type Turn = dict[str, float]
"""`events_per_second`, `p50`, `p95`, `p99` (ms), `cpu_ms` per event, and the shares of the core: `busy`, `others`."""


def measure(log: Callable[[str], object] = lambda _: None) -> dict[str, Any]:
    """`servers`: by name and events in flight the `turns`, and their `median`, `lowest` and `highest`."""
    log("sam build")
    our_build()
    core, load_core = measured_and_other()
    with on(load_core), fake_aws_with_tls() as aws:
        turns = asyncio.run(_turns(aws, core, log))
    return {
        "turns": TURNS,
        "seconds": SECONDS,
        "bytes": SIZE,
        "cores": len({core, load_core}),
        "fsync_ms": _fsync_ms(),
        "uvloop": find_spec("uvloop") is not None,
        "servers": {name: {flying: summary(each) for flying, each in by.items()} for name, by in turns.items()},
    }


def summary(turns: list[Turn]) -> dict[str, Any]:
    """The turns and their spread, figure by figure."""
    by_figure = {figure: [turn[figure] for turn in turns] for figure in turns[0]}
    functions: dict[str, Callable[[list[float]], float]] = {"median": median, "lowest": min, "highest": max}
    return {"turns": turns} | {
        name: {figure: function(values) for figure, values in by_figure.items()} for name, function in functions.items()
    }


def table(results: dict[str, Any]) -> str:
    """A row for each server and number of events in flight, and how it was measured."""
    heads = ["in flight", "server", "events/s (lowest to highest)", "p50, ms", "p95, ms", "p99, ms"]
    heads += ["CPU, ms per event", "core"]
    found = [(int(flying), name, each) for name, by in results["servers"].items() for flying, each in by.items()]
    rows = [_row(*each) for each in sorted(found, key=lambda each: each[0])]
    return "\n".join([*markdown_table(heads, rows), "", _method(results)])


async def _turns(aws: FakeAws, core: int, log: Callable[[str], object]) -> dict[str, dict[str, list[Turn]]]:
    """All servers in turn, so that a disturbance affects all."""
    ids = (f"00000000-0000-4000-8000-{number:012}" for number in count(1))
    async with AsyncExitStack() as running:
        log("starting the servers")
        servers = {
            OURS.format(number): await running.enter_async_context(our_function(aws, core, number))
            for number in sorted({number for numbers in ENVIRONMENTS.values() for number in numbers})
        }
        for name, stated in FASTAPI.items():
            servers[name] = running.enter_context(fastapi(aws=aws, core=core, **stated))
        turns: dict[str, dict[str, list[Turn]]] = {name: {} for name in servers}
        for number, (in_flight, environments) in product(range(TURNS), ENVIRONMENTS.items()):
            for name in (*map(OURS.format, environments), *FASTAPI):
                reset(aws.url)
                turn = await _turn(servers[name], in_flight, ids, STEPS.get(name, OUR_STEPS), core)
                turns[name].setdefault(str(in_flight), []).append(turn)
                log(f"turn {number + 1}: {name}, {in_flight} in flight: {turn['events_per_second']:.0f} events/s")
    return turns


async def _turn(server: Server, in_flight: int, ids: Iterator[str], steps: set[str], core: int) -> Turn:
    async with server.sends(in_flight) as sends:
        await drive(sends, ids, WARM_UP)
        before, used, idle = server.steps(), server.cpu_seconds(), _idle_seconds(core)
        load = await drive(sends, ids, SECONDS)
        used, idle = server.cpu_seconds() - used, _idle_seconds(core) - idle
    events = len(load.latencies)
    done = {step: number - before.get(step, 0) for step, number in server.steps().items()}
    assert done == dict.fromkeys(steps, events), f"{events} events, but {done}"
    shares = {"busy": used / load.elapsed, "others": max(0, load.elapsed - used - idle) / load.elapsed}
    return load.summary() | {"cpu_ms": 1000 * used / events} | shares


def _row(in_flight: int, name: str, each: dict[str, Any]) -> list[str]:
    middle, low, high = each["median"], each["lowest"]["events_per_second"], each["highest"]["events_per_second"]
    rate = f"{middle['events_per_second']:.0f} ({low:.0f} to {high:.0f})"
    percentiles = [f"{middle[share]:.1f}" for share in ("p50", "p95", "p99")]
    return [str(in_flight), name, rate, *percentiles, f"{middle['cpu_ms']:.2f}", f"{middle['busy']:.0%}"]


def _method(results: dict[str, Any]) -> str:
    others = max(turn["others"] for by in results["servers"].values() for each in by.values() for turn in each["turns"])
    shared = "" if results["cores"] > 1 else " There was only one core, which the load used too."
    return (
        f"Medians of {results['turns']} turns of {results['seconds']:g} s, bodies of {results['bytes']} bytes, every "
        "event new, every answer and AWS call counted. All servers use the same core, load and fake AWS another."
        f"{shared} `core` is the share that the server used; everything else used at most {others:.0%} of it.\n\n"
        "This receiver: the built function with AWS's runtime client and API Gateway's events. It writes, sends, marks "
        "(3 calls), and logs. Lambda would run an environment for each event in flight, each with its share of a core; "
        "here they share one.\n\n"
        f"FastAPI: one process of uvicorn, {'with' if results['uvloop'] else 'without'} uvloop, without access log, "
        "over HTTP. With boto3 it writes and sends (2 calls): a crash between the two loses the event; or it marks too "
        "(3 calls, as ours). With SQLite it commits one transaction, `synchronous=FULL`, to the local disk (an fsync "
        f"takes {results['fsync_ms']:.2f} ms); the work after that is not counted. AWS is called over TLS; deliveries "
        "come without it, and without API Gateway."
    )


def _idle_seconds(core: int) -> float:
    times = psutil.cpu_times(percpu=True)[core]
    return float(times.idle + times.iowait)


def _fsync_ms() -> float:
    """The median for a page of a file in the folder of the outbox."""
    durations = []
    with tempfile.TemporaryFile(dir=WORK, buffering=0) as file:
        for _ in range(100):
            file.write(bytes(4096))
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            durations.append(time.perf_counter() - began)
    return 1000 * median(durations)


if __name__ == "__main__":
    print(table(measure(print)))
