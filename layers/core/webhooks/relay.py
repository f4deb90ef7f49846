"""Publish what ingest could not: it died after the claim, or the queue did not take the event.

Runs every minute. Reads the unpublished events of all shards in order of arrival, a chunk at a time, so that a long
backlog takes no more memory than a short one.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import batched, groupby
from typing import Protocol

from webhooks.event import AcceptedEvent, EventKey

CHUNK = 50
"""Events read at once: with bodies of 32 KB, 1.6 MB of the 16 MB that DynamoDB returns in one answer."""


class Outbox(Protocol):
    """The unpublished part of the inbox."""

    def unpublished(self, before: str) -> Iterator[tuple[str, EventKey]]:
        """Time of receipt and key of each unpublished event received before a time, in order of arrival."""

    def load(self, keys: Sequence[EventKey]) -> list[AcceptedEvent]:
        """Those of the events that are still unpublished, in order of arrival."""

    def mark_published(self, event: AcceptedEvent) -> bool:
        """Record that the event is on its queue; False if that failed."""


class BatchQueues(Protocol):
    """One queue per event type, many events at a time."""

    def publish_all(self, events: Sequence[AcceptedEvent]) -> list[AcceptedEvent]:
        """Send events of one queue, in order; returns those that the queue took."""


@dataclass(frozen=True, slots=True)
class Run:
    """The result of a run. `oldest` is the time of receipt of the oldest unpublished event, if any."""

    published: int
    failed: int
    oldest: str | None
    finished: bool


def relay(outbox: Outbox, queues: BatchQueues, before: str, has_time: Callable[[], bool]) -> Run:
    """Publish the unpublished events received before a time, as long as there is time."""
    oldest, published, failed = None, 0, 0
    for chunk in batched(outbox.unpublished(before), CHUNK, strict=False):
        oldest = oldest or chunk[0][0]
        if not has_time():
            return Run(published, failed, oldest, finished=False)
        for events in by_queue(outbox.load([key for _, key in chunk])):
            taken = queues.publish_all(events)
            for event in taken:
                outbox.mark_published(event)
            published += len(taken)
            failed += len(events) - len(taken)
    return Run(published, failed, oldest, finished=True)


def by_queue(events: Iterable[AcceptedEvent]) -> Iterator[list[AcceptedEvent]]:
    """Events grouped by queue, each group in the given order."""
    # Sorting is stable.
    for _, group in groupby(sorted(events, key=lambda event: event.queue), key=lambda event: event.queue):
        yield list(group)
