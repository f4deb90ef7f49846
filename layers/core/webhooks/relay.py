"""Publishes what ingest could not: it died after the claim, or the queue did not take the event.

Runs every minute. Reads the unpublished events of all shards as one stream in order of arrival, the oldest first,
a chunk at a time, so that a long backlog takes no more memory than a short one.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import batched, groupby
from typing import Protocol

from webhooks.event import Event, EventKey

CHUNK = 50
"""Events that are read at once: with bodies of 32 KB, 1.6 MB of the 16 that DynamoDB returns in one answer."""


class Outbox(Protocol):
    """The unpublished part of the inbox."""

    def unpublished(self, before: str) -> Iterator[tuple[str, EventKey]]:
        """When each unpublished event was received and its key, in order of arrival; those received before a time."""

    def load(self, keys: Sequence[EventKey]) -> list[Event]:
        """Those of the events that are still unpublished, in order of arrival."""

    def mark_published(self, event: Event) -> bool:
        """Note that the event is on its queue; False if that could not be noted."""


class Publisher(Protocol):
    """The queues, many events at a time."""

    def publish_all(self, events: Sequence[Event]) -> list[Event]:
        """Send events of one queue, in order; returns those that the queue took."""


@dataclass(frozen=True, slots=True)
class Run:
    """What a run did. `oldest` is when the oldest unpublished event was received, if there was one."""

    published: int
    failed: int
    oldest: str | None
    finished: bool


def relay(outbox: Outbox, queues: Publisher, before: str, has_time: Callable[[], bool]) -> Run:
    """Publish what was received before a time and is not published yet, as long as there is time."""
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


def by_queue(events: Iterable[Event]) -> Iterator[list[Event]]:
    """Events queue by queue, within each in the order in which they came."""
    # Sorting is stable.
    for _, group in groupby(sorted(events, key=lambda event: event.queue), key=lambda event: event.queue):
        yield list(group)
