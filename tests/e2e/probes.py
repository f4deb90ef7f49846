"""One probe per function: it has the function do all that it can, and tells what came of it.

Two probes of a function that may do the same tell the same.
"""

import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

from tests.e2e.bench import HIDDEN_FOR, TYPE, Bench
from tests.e2e.workers import forget
from tools.local.client import post
from webhooks.event import AcceptedEvent

type Outcome = dict[str, Any]


def ingest(bench: Bench) -> Outcome:
    """A small event, a large one, another with the small one's id, no event: to a process that knows no token yet."""
    forget(bench.stack, "ingest")
    stored = {folder: bench.objects(folder) for folder in ("bodies/", "rejected/", "collisions/")}
    events = {"small": bench.event(), "large": bench.event({"Note": "x" * 250_000})}
    collision = bench.request(events["small"], body=bench.event({"Note": "other"}).body)
    requests = [*map(bench.request, events.values()), collision, bench.request(bench.event(), body="{")]
    statuses = [post(bench.stack, request).status for request in requests]
    sent = bench.received(bench.queue, events)
    items = {name: bench.item(event.key) for name, event in events.items()}
    bench.delete(bench.queue, sent)
    for event in events.values():
        bench.delete_item(event.key)
    return {
        "answered": statuses,
        "stored": {folder: bench.objects(folder) - before for folder, before in stored.items()},
        "kept": [name for name, item in items.items() if item],
        "sent": sorted(sent),
        "marked": [name for name, item in items.items() if "unpublished_shard" not in item],
    }


def relay(bench: Bench) -> Outcome:
    """An event that was left unpublished."""
    event = bench.event(age=timedelta(minutes=10))
    bench.inbox.claim(event, "bench")
    ended, _ = bench.invoke("relay", {})
    sent = bench.received(bench.queue, {"left": event})
    item, lease = bench.item(event.key), bench.lease()
    bench.delete(bench.queue, sent)
    bench.delete_item(event.key)
    bench.end_lease()
    return {
        "ended": ended,
        "sent": sorted(sent),
        "marked": "unpublished_shard" not in item,
        "lease is held": bool(lease),
    }


def handler(bench: Bench) -> Outcome:
    """One that fits, one stored aside, and those that fail, each in another way."""
    aside = bench.event({"Note": "aside"})
    events = {
        "fits": bench.event(),
        "aside": replace(aside, body="", body_reference=bench.bodies.store_body(aside.body)),
        "is not there": replace(aside, key=bench.event().key, body="", body_reference="bodies/none"),
        "does not fit": bench.event({"OrderNumber": "none"}),
        "too large": bench.event({"Note": "x" * 450_000}),
        "died": bench.event(),
    }
    bench.lock(events["died"])
    before = bench.remembered().keys()
    ended, failed, hidden = _handed_over(bench, events)
    given_up = bench.received(bench.dead_letters, events)
    bench.delete(bench.dead_letters, given_up)
    items = {name: bench.item(event.key) for name, event in events.items()}
    for event in events.values():
        bench.delete_item(event.key)
    return {
        "ended": ended,
        "failed": failed,
        "hidden": hidden,
        "kept": [name for name, event in events.items() if bench.has_record(event)],
        "failures": {name: item.get("failures") for name, item in items.items()},
        "deaths": {name: item.get("deaths") for name, item in items.items()},
        "remembered": sorted(status for found, status in bench.remembered().items() if found not in before),
        "given up": {name: record["messageAttributes"]["Reason"] for name, record in given_up.items()},
    }


def _handed_over(bench: Bench, events: dict[str, AcceptedEvent]) -> tuple[str, list[str], list[str]]:
    """How the handler's call for the events ended, which of them failed, and which of those are hidden for a time."""
    for event in events.values():
        bench.inbox.claim(replace(event, body=""), "bench")
        bench.queues.publish(event)
    batch = bench.received(bench.queue, events)
    batch["died"]["attributes"]["ApproximateReceiveCount"] = "2"
    ended, returned = bench.invoke(TYPE, {"Records": list(batch.values())})
    failures = {each["itemIdentifier"] for each in returned.get("batchItemFailures", [])}
    failed = {name: record for name, record in batch.items() if record["messageId"] in failures}
    bench.delete(bench.queue, {name: record for name, record in batch.items() if name not in failed})
    time.sleep(HIDDEN_FOR)
    visible = bench.received(bench.queue, events)
    bench.delete(bench.queue, failed | visible)
    return ended, sorted(failed), sorted(failed.keys() - visible.keys())
