"""One probe per function: it makes the function use all its permissions, and returns the effects.

With the same permissions a probe returns the same effects each time.
"""

import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

from tests.e2e.quiet_stack import TYPE, VISIBILITY_TIMEOUT, QuietStack
from tests.e2e.workers import forget
from tools.local.client import post
from webhooks.event import AcceptedEvent

type Effects = dict[str, Any]


def ingest(quiet: QuietStack) -> Effects:
    """A small event, a large one, a collision and a malformed delivery, in a process that has not read the tokens."""
    forget(quiet.stack, "ingest")
    stored = {folder: quiet.objects(folder) for folder in ("bodies/", "rejected/", "collisions/")}
    events = {"small": quiet.event(), "large": quiet.event({"Note": "x" * 250_000})}
    collision = quiet.request(events["small"], body=quiet.event({"Note": "other"}).body)
    requests = [*map(quiet.request, events.values()), collision, quiet.request(quiet.event(), body="{")]
    statuses = [post(quiet.stack, request).status for request in requests]
    sent = quiet.received(quiet.queue, events)
    items = {name: quiet.item(event.key) for name, event in events.items()}
    quiet.delete_messages(quiet.queue, sent.values())
    quiet.delete_items(*(event.key for event in events.values()))
    return {
        "statuses": statuses,
        "stored": {folder: quiet.objects(folder) - before for folder, before in stored.items()},
        "in the inbox": [name for name, item in items.items() if item],
        "sent": sorted(sent),
        "published": [name for name, item in items.items() if "unpublished_shard" not in item],
    }


def relay(quiet: QuietStack) -> Effects:
    """An unpublished event, which then waits in its queue, in a process that has not looked at the queues."""
    forget(quiet.stack, "relay")
    event = quiet.event(age=timedelta(minutes=10))
    quiet.inbox.claim(event, "quiet")
    returned, _ = quiet.invoke("relay", {})
    sent = quiet.received(quiet.queue, {"unpublished": event})
    item, lease = quiet.item(event.key), quiet.lease()
    quiet.delete_messages(quiet.queue, sent.values())
    quiet.delete_items(event.key)
    quiet.end_lease()
    published = "unpublished_shard" not in item
    return {"returned": returned, "sent": sorted(sent), "published": published, "lease": bool(lease)}


def handler(quiet: QuietStack) -> Effects:
    """A valid event, one with its body in S3, and those that fail, each in another way."""
    offloaded = quiet.event({"Note": "offloaded"})
    events = {
        "valid": quiet.event(),
        "offloaded": replace(offloaded, body="", body_reference=quiet.bodies.store_body(offloaded.body)),
        # S3 denies it, which may pass: retried.
        "denied its body": replace(offloaded, key=quiet.event().key, body="", body_reference="rejected/none"),
        "without its body": replace(offloaded, key=quiet.event().key, body="", body_reference="bodies/none"),
        "does not fit": quiet.event({"OrderNumber": "none"}),
        "too large": quiet.event({"Note": "x" * 450_000}),
        "died": quiet.event(),
    }
    quiet.lock(events["died"])
    before = quiet.once().keys()
    returned, failed, delayed = _handle(quiet, events)
    dead_letters = quiet.received(quiet.dead_letters, events)
    quiet.delete_messages(quiet.dead_letters, dead_letters.values())
    items = {name: quiet.trouble(event.key) for name, event in events.items()}
    quiet.delete_items(*(event.key for event in events.values()))
    return {
        "returned": returned,
        "failed": failed,
        "delayed": delayed,
        "recorded": [name for name, event in events.items() if quiet.has_record(event)],
        "failures": {name: item.get("failures") for name, item in items.items()},
        "deaths": {name: item.get("deaths") for name, item in items.items()},
        "once": sorted(status for key, status in quiet.once().items() if key not in before),
        "dead letters": {name: letter["messageAttributes"]["Reason"] for name, letter in dead_letters.items()},
    }


def _handle(quiet: QuietStack, events: dict[str, AcceptedEvent]) -> tuple[str, list[str], list[str]]:
    """Publish the events and call the handler: how the call ended, and which events failed and were delayed."""
    for event in events.values():
        quiet.inbox.claim(replace(event, body=""), "quiet")
        quiet.queues.publish(event)
    batch = quiet.received(quiet.queue, events)
    batch["died"]["attributes"]["ApproximateReceiveCount"] = "2"
    returned, answer = quiet.invoke(TYPE, {"Records": list(batch.values())})
    failures = {each["itemIdentifier"] for each in answer.get("batchItemFailures", [])}
    failed = {name: record for name, record in batch.items() if record["messageId"] in failures}
    quiet.delete_messages(quiet.queue, (record for name, record in batch.items() if name not in failed))
    time.sleep(VISIBILITY_TIMEOUT)
    visible = quiet.received(quiet.queue, events)
    quiet.delete_messages(quiet.queue, (failed | visible).values())
    return returned, sorted(failed), sorted(failed.keys() - visible.keys())
