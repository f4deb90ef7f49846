"""Whether it holds with the number of events: the relay, the `webhooks` command, the spread of writes.

`measure()` tells

- `relay`: for each size how many `events` are unpublished and how many one run has `published`, `seconds`, `cpu`
  (seconds of a processor), `peak_kb` and `growth_kb` (memory at its most, and beyond what there was before) and
  `counts` (AWS calls by operation, `entries` of an index and `items` read, `half units` of reading);
- `command`: for each size `inbox` (how many events it holds) and by command the same, `events` being those that it told
  of or sent;
- `spread`: for each way to make message ids the largest shard's part of each index, and the most items under one key.
"""

from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.costs.tables import table as rows_of
from benchmarks.in_child import beside_inbox
from benchmarks.inbox_stand_in import BODY_BYTES, TYPES
from benchmarks.operating import LIMIT
from benchmarks.spread import EVENTS, spread
from webhooks.aws.inbox_table import SHARDS

SIZES = (1000, 10_000, 100_000)

_READ = ("entries", "items", "half units")
"""What is counted beside the calls."""


def measure(tell: Callable[[str], object] = lambda _: None) -> dict[str, Any]:
    """One run of each size. Takes about two minutes."""
    told: dict[str, Any] = {"relay": [], "command": []}
    for events in SIZES:
        tell(f"the relay, {events:,} unpublished events")
        told["relay"].append({"events": events} | beside_inbox("benchmarks.draining", events, unpublished=True))
        tell(f"the webhooks command, an inbox of {events:,} events")
        told["command"].append({"inbox": events} | beside_inbox("benchmarks.operating", events, unpublished=False))
    tell("the spread of writes")
    return told | {"spread": spread()}


def calls(counts: Mapping[str, int]) -> int:
    """AWS calls among what was counted."""
    return sum(count for name, count in counts.items() if name not in _READ)


def table(told: dict[str, Any]) -> str:
    """What was measured, in Markdown."""
    return "\n\n".join((_relay(told["relay"]), _command(told["command"]), _spread(told["spread"])))


def _relay(runs: list[dict[str, Any]]) -> str:
    heads = ["unpublished", "published in one run", "events a second", "ms of processor each", "AWS calls each"]
    heads += ["read units each", "memory at its most, MB", "of it for the run, MB"]
    rows = [
        [
            f"{run['events']:,}",
            f"{run['published']:,}",
            f"{run['published'] / run['seconds']:,.0f}",
            f"{1000 * run['cpu'] / run['published']:.2f}",
            f"{calls(run['counts']) / run['published']:.2f}",
            f"{run['counts']['half units'] / 2 / run['published']:.2f}",
            *_memory(run),
        ]
        for run in runs
    ]
    return (
        f"One run of the relay's function, which stops when its time is up, as deployed. Bodies of {BODY_BYTES:,} "
        f"bytes, {len(TYPES)} types in turn; a process on one core, beside a stand-in for AWS that answers at once on "
        "another. On AWS each call is waited for: docs/scale.md has the rate for that.\n\n"
        + "\n".join(rows_of(heads, rows))
    )


def _command(runs: list[dict[str, Any]]) -> str:
    heads = ["`webhooks`", "inbox", "events", "calls", "index entries", "items", "read units"]
    heads += ["memory at its most, MB", "of it for the command, MB"]
    names = [name for name in runs[0] if name != "inbox"]
    rows = [[name, f"{run['inbox']:,}", *_reads(name, run[name])] for name in names for run in runs]
    return (
        f"What the command reads, `list` with `--limit {LIMIT}`, beside the same stand-in; of a replay for each event "
        "that is sent. Up to 1,000 events it also reads which of them were handled before, hence the more reads there."
        "\n\n" + "\n".join(rows_of(heads, rows))
    )


def _reads(name: str, run: dict[str, Any]) -> list[str]:
    counts = run["counts"]
    read = [calls(counts), counts.get("entries", 0), counts["items"], counts["half units"] / 2]
    if name.startswith("replay"):
        shown = [f"{count / run['events']:.2f}" for count in read]
    else:
        shown = [f"{count:,.0f}" for count in read]
    return [f"{run['events']:,}", *shown, *_memory(run)]


def _memory(run: dict[str, Any]) -> list[str]:
    return [f"{run[name] / 1024:.1f}" for name in ("peak_kb", "growth_kb")]


def _spread(families: list[dict[str, Any]]) -> str:
    heads = [
        "message ids",
        f"largest shard of `unpublished`, against 1/{SHARDS}",
        "of `by_type`",
        "items under one key",
    ]
    rows = [
        [
            each["ids"],
            *(f"{each[index]:.2%}, {each[index] * SHARDS:.3f} times" for index in ("unpublished", "by_type")),
            str(each["under_one_key"]),
        ]
        for each in families
    ]
    return (
        f"{EVENTS:,} events of one type and one client, by the function that writes the items: the part of the fullest "
        f"of the {SHARDS} keys of each index, and the most items that share a partition key of the table.\n\n"
        + "\n".join(rows_of(heads, rows))
    )


if __name__ == "__main__":
    print(table(measure(print)))
