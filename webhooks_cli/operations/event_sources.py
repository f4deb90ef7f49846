"""The event source of a type: Lambda's mapping that polls the queue and calls the handler."""

import time
from collections.abc import Iterable
from typing import Any

from webhooks_cli.operations.errors import OperationFailed
from webhooks_cli.operations.stack import Stack

_SETTLED = {True: "Enabled", False: "Disabled"}
_ON = {"Enabled", "Enabling", "Creating", "Updating"}
_POLL_SECONDS = 1.0
_SETTLES_WITHIN = 180.0


def switch(stack: Stack, event_types: Iterable[str], *, on: bool) -> list[str]:
    """Enable or disable the event sources of types, and wait until AWS has done so; returns the types that changed.

    Raises `OperationFailed` for a type without an event source, or if AWS takes too long.
    """
    sources = {name: _source(stack, name) for name in event_types}
    changed = [name for name, source in sources.items() if _settled(stack, name, source) != _SETTLED[on]]
    for name in changed:
        stack.client("lambda").update_event_source_mapping(UUID=sources[name], Enabled=on)
    for name in changed:
        if _settled(stack, name, sources[name]) != _SETTLED[on]:
            raise OperationFailed(f"somebody else has switched {name} back: look again with `webhooks status`")
    return changed


def consumed_queues(stack: Stack) -> set[str]:
    """The ARNs of all queues with an event source that is on: any other of the stack is paused."""
    pages = stack.client("lambda").get_paginator("list_event_source_mappings").paginate()
    sources = (source for page in pages for source in page["EventSourceMappings"])
    return {source["EventSourceArn"] for source in sources if source["State"] in _ON}


def waiting(stack: Stack, event_type: str) -> tuple[int, int]:
    """The approximate number of events on the queue of a type, and for how many days the queue stores each."""
    found = stack.queue_attributes(stack.queue_url(event_type), "ApproximateNumberOfMessages", "MessageRetentionPeriod")
    return int(found["ApproximateNumberOfMessages"]), int(found["MessageRetentionPeriod"]) // 86_400


def _source(stack: Stack, event_type: str) -> str:
    found = _sources(stack, stack.queue_attributes(stack.queue_url(event_type), "QueueArn")["QueueArn"])
    if len(found) != 1:
        raise OperationFailed(
            f"the queue of {event_type} has {len(found)} event sources instead of one: deploy {stack.name} again"
        )
    return str(found[0]["UUID"])


def _sources(stack: Stack, queue_arn: str) -> list[dict[str, Any]]:
    """The event sources of a queue, whether they call the function or an alias of it."""
    return list(stack.client("lambda").list_event_source_mappings(EventSourceArn=queue_arn)["EventSourceMappings"])


def _settled(stack: Stack, event_type: str, source: str) -> str:
    """The state of an event source once no change is in progress: AWS refuses a second one, and each takes a while."""
    deadline = time.monotonic() + _SETTLES_WITHIN
    while (
        state := str(stack.client("lambda").get_event_source_mapping(UUID=source)["State"])
    ) not in _SETTLED.values():
        if time.monotonic() > deadline:
            raise OperationFailed(f"the event source of {event_type} is still {state}: look again in a minute")
        time.sleep(_POLL_SECONDS)
    return state
