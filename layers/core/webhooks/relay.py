"""Publish what ingest could not: it died after the claim, or the queue did not take the event.

Runs every minute. Reads the unpublished events of all shards in order of arrival, a chunk at a time, so that a long
backlog takes no more memory than a short one.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import Protocol

from webhooks.event import AcceptedEvent, EventKey
from webhooks.routing import Routing

CHUNK = 50
"""Events read at once: with bodies of 32 KB, 1.6 MB of the 16 MB that DynamoDB returns in one answer."""


class Outbox(Protocol):
    """The unpublished part of the inbox."""

    def unpublished(self, before: str) -> Iterator[tuple[str, EventKey]]:
        """Time of receipt and key of each unpublished event received before a time, in order of arrival."""

    def load(self, keys: Sequence[EventKey]) -> list[AcceptedEvent]:
        """Those of the events that are still unpublished, in order of arrival."""

    def mark_published(self, event: AcceptedEvent, pending: Collection[str] = (), added: Collection[str] = ()) -> bool:
        """Record that the event is on the queues of its handlers but for `pending` ones; False if it is not on all.

        `added` handlers are its handlers too, in place of retired ones.
        """


class BatchQueues(Protocol):
    """One queue per handler, many events at a time."""

    def publish_all(self, events: Sequence[AcceptedEvent], handler: str) -> list[AcceptedEvent]:
        """Send events to the queue of a handler, in order; returns those that the queue took."""


@dataclass(frozen=True, slots=True)
class Run:
    """The result of a run. `oldest` is the time of receipt of the oldest unpublished event, if any."""

    published: int
    failed: int
    oldest: str | None
    finished: bool


def relay(outbox: Outbox, queues: BatchQueues, routing: Routing, before: str, has_time: Callable[[], bool]) -> Run:
    """Publish the unpublished events received before a time, as long as there is time."""
    oldest, published, loaded = None, 0, 0
    for chunk in batched(outbox.unpublished(before), CHUNK, strict=False):
        oldest = oldest or chunk[0][0]
        if not has_time():
            return Run(published, loaded - published, oldest, finished=False)
        events = outbox.load([key for _, key in chunk])
        taken = _publish(events, queues, routing)
        for event in events:
            published += _mark(event, routing.awaiting(event), taken, outbox)
        loaded += len(events)
    return Run(published, loaded - published, oldest, finished=True)


def _publish(events: Sequence[AcceptedEvent], queues: BatchQueues, routing: Routing) -> set[tuple[EventKey, str]]:
    """Send each event to the handlers that it has not reached; returns what was taken, as events and handlers."""
    by_handler: dict[str, list[AcceptedEvent]] = {}
    for event in events:
        for name in routing.awaiting(event):
            by_handler.setdefault(name, []).append(event)
    return {(event.key, name) for name, some in by_handler.items() for event in queues.publish_all(some, name)}


def _mark(
    event: AcceptedEvent, awaiting: Sequence[str], taken: Collection[tuple[EventKey, str]], outbox: Outbox
) -> bool:
    """Record which handlers an event has reached; returns whether these are all of them."""
    pending = [name for name in awaiting if (event.key, name) not in taken]
    # If the item says so already, there is nothing to record: an unreachable queue costs no write a minute.
    if not pending or len(pending) < len(awaiting):
        outbox.mark_published(event, pending, [name for name in awaiting if name not in event.handlers])
    return not pending
