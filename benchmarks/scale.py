"""The relay, the `webhooks` command and the spread of writes as the number of events grows."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from benchmarks.cores import measured_and_other, on
from benchmarks.full_inbox import BODY_BYTES, INBOX, INTERVAL, STACK, TYPES
from benchmarks.markdown import table as markdown_table
from tools.local.emulator import ROOT
from tools.speed.fake_aws import counts, fake_aws, reset
from tools.template import NO_ACCOUNT
from webhooks.aws.inbox_table import SHARDS, new_item
from webhooks.event import AcceptedEvent, EventKey

SIZES = (1000, 10_000, 100_000)
BACKLOG, DELAYS_MS = 200_000, (0, 15)
"""Unpublished events, and the time after which a call of the relay is answered."""
SPREAD_EVENTS = 100_000

LIMIT = 50
LAST = timedelta(minutes=1)
"""The age of the newest event: ingest no longer owns it."""

_READS = ("entries", "items", "half units", "marks")
"""What the fake counts besides calls."""
_TYPE = "CreateOrderEvent"
_NOON_MS = 1_795_521_600_000
"""24 November 2026, noon, in milliseconds."""


def measure(log: Callable[[str], object] = lambda _: None) -> dict[str, Any]:
    """`relay`: a run for each size. `commands`: a run for each command and size. `spread`: see there.

    A run is what `scale_run` reports, `inbox` (events in it), `events` (published, listed or sent), and `counts`.
    """
    results: dict[str, Any] = {"relay": [], "commands": []}
    for size, delay in [*product((1000,), DELAYS_MS), *product((BACKLOG,), DELAYS_MS)]:
        results["relay"].append(relay(size, delay, log))
    for size in SIZES:
        log(f"the webhooks command, an inbox of {size:,} events")
        results["commands"] += commands(size)
    log("the spread of writes")
    return results | {"spread": spread()}


def relay(size: int, delay_ms: int, log: Callable[[str], object] = lambda _: None) -> dict[str, Any]:
    """One run of the relay, of which each call is answered after a delay."""
    log(f"the relay, {size:,} unpublished events, {delay_ms} ms a call")
    with _inbox(size, delay_ms, unpublished=True) as url:
        run = _run(url, "relay")
    return run | {"inbox": size, "delay_ms": delay_ms, "events": run["counts"]["marks"]}


def commands(size: int) -> list[dict[str, Any]]:
    """One run of each command beside an inbox of a size."""
    runs = []
    with _inbox(size, unpublished=False) as url, _without_new_files(ROOT / ".local" / "replays"):
        for name, arguments in _arguments(size).items():
            run = _run(url, *arguments)
            events = run["output"]["sent"] if name.startswith("replay") else len(run["output"])
            runs.append(run | {"command": name, "inbox": size, "events": events, "output": None})
    return runs


def spread(events: int = SPREAD_EVENTS) -> list[dict[str, Any]]:
    """For each kind of message ids: the share of the largest shard of unpublished events, and the most items of a key.

    All events have the same type and client, neither of which helps to spread them.
    """
    return [{"ids": name, **_spread(make, events)} for name, make in id_kinds().items()]


def id_kinds() -> dict[str, Callable[[int], str]]:
    """Ways in which a sender may make its message ids, from the number of an event."""
    rng = Random(1)  # noqa: S311 - no secret
    return {
        "random (UUID 4)": lambda _: str(UUID(int=rng.getrandbits(128), version=4)),
        "counting, 1, 2, 3": str,
        f"counting in steps of {SHARDS}": lambda number: str(SHARDS * number),
        "counting, with leading zeros": lambda number: f"{number:032}",
        "milliseconds, one event in each": lambda number: str(_NOON_MS + number),
        "a counter before a fixed suffix": lambda number: f"{number:08x}-0000-4000-8000-000000000000",
    }


def table(results: dict[str, Any]) -> str:
    """Three tables."""
    parts = (*_relay(results["relay"]), *_commands(results["commands"]), *_spread_table(results["spread"]))
    return "\n\n".join(parts)


@contextmanager
def _inbox(size: int, delay_ms: int = 0, *, unpublished: bool) -> Iterator[str]:
    """The URL of a fake AWS with a full inbox, on a core of its own."""
    _, core = measured_and_other()
    last = (datetime.now(UTC) - LAST).isoformat()
    fake = fake_aws("benchmarks.full_inbox", str(size), last, str(delay_ms), *(["unpublished"] * unpublished))
    with ExitStack() as running:
        with on(core):
            url = running.enter_context(fake)
        yield url


def _run(url: str, *arguments: str) -> dict[str, Any]:
    """A run in a process of its own, on the other core."""
    core, _ = measured_and_other()
    reset(url)
    with on(core):
        command = [sys.executable, "-m", "benchmarks.scale_run", *arguments]
        output = subprocess.check_output(command, text=True, env=os.environ | _environment(url))
    run: dict[str, Any] = json.loads(output.splitlines()[-1])
    return run | {"counts": counts(url)}


def _arguments(size: int) -> dict[str, tuple[str, ...]]:
    """The measured commands by name."""
    # Between the newest of the oldest events and the next one.
    oldest = (datetime.now(UTC) - LAST - (size - LIMIT * len(TYPES)) * INTERVAL).isoformat()
    listing = ("events", "list", "--since", "100d", "--limit", str(LIMIT))
    return {
        "list, one type": (*listing, "--type", TYPES[0]),
        "list, one type, the oldest": (*listing, "--type", TYPES[0], "--until", oldest),
        "list, all types": listing,
        "show, the newest": ("events", "show", f"m-{size - 1}"),
        "show, the oldest": ("events", "show", "m-0"),
        "replay, one type": ("replay", "--type", TYPES[0], "--since", "100d", "--yes"),
    }


@contextmanager
def _without_new_files(folder: Path) -> Iterator[None]:
    """Delete what the block adds to a folder."""
    before = set(folder.glob("*"))
    try:
        yield
    finally:
        for new in set(folder.glob("*")) - before:
            new.unlink()


def _environment(url: str) -> dict[str, str]:
    return NO_ACCOUNT | {
        "AWS_ENDPOINT_URL": url,
        "POWERTOOLS_SERVICE_NAME": STACK,
        "POWERTOOLS_METRICS_NAMESPACE": STACK,
        "INBOX_TABLE": INBOX,
        "ONCE_TABLE": f"{STACK}-once",
        "EVENT_TYPES": ",".join(TYPES),
        "QUEUE_URL_PREFIX": f"{url}/queues/{STACK}-events-",
        "DEAD_LETTERS_URL_PREFIX": f"{url}/queues/{STACK}-dead-letters-",
    }


def _spread(make_id: Callable[[int], str], events: int) -> dict[str, Any]:
    keys: dict[str, Counter[str]] = {name: Counter() for name in ("unpublished_shard", "message_id")}
    for number in range(events):
        key = EventKey(make_id(number), "acme", _TYPE)
        event = AcceptedEvent(key, user="", event_date="", received_at="2026-11-24T12:00:00Z", body="", queue=_TYPE)
        item = new_item(event, "bench", "first", timedelta(days=35))
        for name, counter in keys.items():
            counter[item[name]["S"]] += 1
    most = {name: max(counter.values()) for name, counter in keys.items()}
    return {"unpublished": most["unpublished_shard"] / events, "per_key": most["message_id"]}


def _relay(runs: list[dict[str, Any]]) -> tuple[str, str]:
    heads = ["unpublished", "ms a call", "published in one run", "events a second", "CPU, ms each", "AWS calls each"]
    rows = [
        [
            f"{run['inbox']:,}",
            str(run["delay_ms"]),
            f"{run['events']:,}",
            f"{run['events'] / run['seconds']:,.0f}",
            f"{1000 * run['cpu'] / run['events']:.2f}",
            f"{_calls(run['counts']) / run['events']:.2f}",
            f"{run['counts']['half units'] / 2 / run['events']:.2f}",
            f"{run['peak_kb'] / 1024:.0f}",
        ]
        for run in runs
    ]
    text = (
        f"One run of the relay with the timeout of the template. Bodies of {BODY_BYTES:,} bytes, {len(TYPES)} types in "
        "turn; on one core, with a fake AWS on another that answers each call after so many ms. docs/scale.md has the "
        "rate on AWS."
    )
    return text, "\n".join(markdown_table([*heads, "read units each", "peak memory, MB"], rows))


def _commands(runs: list[dict[str, Any]]) -> tuple[str, str]:
    heads = ["`webhooks`", "inbox", "events", "calls", "index entries", "items", "read units", "peak memory, MB"]
    rows = [[run["command"], *_reads(run)] for run in sorted(runs, key=lambda run: _order(runs, run["command"]))]
    text = (
        f"Reads of a command, `list` with `--limit {LIMIT}`; of a replay for each event sent. A replay of up to 1,000 "
        "events also reads which of them were handled before."
    )
    return text, "\n".join(markdown_table(heads, rows))


def _order(runs: list[dict[str, Any]], command: str) -> int:
    return [run["command"] for run in runs].index(command)


def _reads(run: dict[str, Any]) -> list[str]:
    counts = run["counts"]
    reads = [_calls(counts), counts.get("entries", 0), counts["items"], counts["half units"] / 2]
    if run["command"].startswith("replay"):
        shown = [f"{number / run['events']:.2f}" for number in reads]
    else:
        shown = [f"{number:,.0f}" for number in reads]
    return [f"{run['inbox']:,}", f"{run['events']:,}", *shown, f"{run['peak_kb'] / 1024:.0f}"]


def _spread_table(kinds: list[dict[str, Any]]) -> tuple[str, str]:
    heads = ["message ids", "largest shard of `unpublished`", "most items of a key"]
    rows = [
        [
            each["ids"],
            f"{each['unpublished']:.2%}, {each['unpublished'] * SHARDS:.3f} of 1/{SHARDS}",
            str(each["per_key"]),
        ]
        for each in kinds
    ]
    text = f"The spread of {SPREAD_EVENTS:,} events of one type and client over the {SHARDS} shards of the index."
    return text, "\n".join(markdown_table(heads, rows))


def _calls(counts: Mapping[str, int]) -> int:
    return sum(number for name, number in counts.items() if name not in _READS)


if __name__ == "__main__":
    print(table(measure(print)))
