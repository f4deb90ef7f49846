"""The event source of a type: what takes its events from their queue and calls its handler."""

import time
from collections.abc import Iterable
from typing import Any

from webhooks_cli.errors import ToolFailed
from webhooks_cli.stack import Stack

_SETTLED = {True: "Enabled", False: "Disabled"}
_SECONDS_BETWEEN_LOOKS = 1.0
_SETTLES_WITHIN = 180.0


def switch(stack: Stack, event_types: Iterable[str], *, on: bool) -> list[str]:
    """Start or stop the event sources of types and wait until AWS has done so; returns the types that were not so yet.

    All are told first and waited for then. Raises `ToolFailed` for a type without a source, or if AWS takes too long.
    """
    sources = {name: _source(stack, name) for name in event_types}
    changed = [name for name, source in sources.items() if _settled(stack, name, source) != _SETTLED[on]]
    for name in changed:
        stack.client("lambda").update_event_source_mapping(UUID=sources[name], Enabled=on)
    for name in changed:
        if _settled(stack, name, sources[name]) != _SETTLED[on]:
            raise ToolFailed(f"somebody else has switched {name} back meanwhile: look again with `webhooks status`")
    return changed


def waiting(stack: Stack, event_type: str) -> tuple[int, int]:
    """About how many events wait in the queue of a type, and for how many days the queue keeps each."""
    told = queue_attributes(stack, event_type, "ApproximateNumberOfMessages", "MessageRetentionPeriod")
    return int(told["ApproximateNumberOfMessages"]), int(told["MessageRetentionPeriod"]) // 86_400


def sources_of(stack: Stack, queue_arn: str) -> list[dict[str, Any]]:
    """The event sources of a queue, whether they call its function itself or an alias of it."""
    return list(stack.client("lambda").list_event_source_mappings(EventSourceArn=queue_arn)["EventSourceMappings"])


def queue_attributes(stack: Stack, event_type: str, *names: str) -> dict[str, str]:
    """What SQS tells of the queue of a type."""
    asked = stack.client("sqs").get_queue_attributes(QueueUrl=stack.queue_url(event_type), AttributeNames=names)
    return dict(asked["Attributes"])


def _source(stack: Stack, event_type: str) -> str:
    found = sources_of(stack, queue_attributes(stack, event_type, "QueueArn")["QueueArn"])
    if len(found) != 1:
        raise ToolFailed(
            f"the queue of {event_type} has {len(found)} event sources, not one: deploy {stack.name} again"
        )
    return str(found[0]["UUID"])


def _settled(stack: Stack, event_type: str, source: str) -> str:
    """The state of the source once no change of it is under way: AWS refuses a second one, and takes a while."""
    deadline = time.monotonic() + _SETTLES_WITHIN
    while (
        state := str(stack.client("lambda").get_event_source_mapping(UUID=source)["State"])
    ) not in _SETTLED.values():
        if time.monotonic() > deadline:
            raise ToolFailed(f"the event source of {event_type} is still {state}: look again in a minute")
        time.sleep(_SECONDS_BETWEEN_LOOKS)
    return state
