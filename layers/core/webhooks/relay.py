"""Publish what ingest could not: it died after the claim, or the queue did not take the event.

Runs every minute. Reads the unpublished events of all shards in order of arrival, a chunk at a time, so that a long
backlog takes no more memory than a short one. Of a chunk, different queues get their events at the same time, and each
queue in order of arrival, one batch after the other.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import batched
from typing import Protocol

from webhooks.event import AcceptedEvent, EventKey
from webhooks.policy import SEND_BATCH
from webhooks.routing import Routing

CHUNK = 500
"""Events read at once: with bodies of 32 KB, 16 MB."""


class Together(Protocol):
    """`map`, or a function like it that makes the calls at the same time."""

    def __call__[A, R](self, call: Callable[[A], R], arguments: Iterable[A], /) -> Iterable[R]:
        """The results in the order of the arguments."""


@dataclass(frozen=True, slots=True)
class Mark:
    """To be recorded of an event: it is on the queues of its handlers but for `pending` ones.

    `added` handlers are its handlers too, in place of retired ones.
    """

    event: AcceptedEvent
    pending: tuple[str, ...] = ()
    added: tuple[str, ...] = ()


class Outbox(Protocol):
    """The unpublished part of the inbox."""

    def load(self, keys: Sequence[EventKey]) -> list[AcceptedEvent]:
        """Those of the events that are still unpublished, in order of arrival."""

    def mark(self, marks: Sequence[Mark]) -> None:
        """Record the marks. An event whose mark fails is published again."""


class BatchQueues(Protocol):
    """One queue per handler, many events at a time."""

    def publish_batch(self, events: Sequence[AcceptedEvent], handler: str) -> Sequence[AcceptedEvent] | None:
        """Send at most `SEND_BATCH` events to the queue of a handler; returns those that it took, None if it failed."""


@dataclass(frozen=True, slots=True)
class Run:
    """The result of a run."""

    published: int
    failed: int
    finished: bool


def relay(  # noqa: PLR0913 - what is found, three ports, and two facts of the run
    found: Iterable[tuple[str, EventKey]],
    outbox: Outbox,
    queues: BatchQueues,
    routing: Routing,
    has_time: Callable[[], bool],
    *,
    together: Together = map,
) -> Run:
    """Publish what was `found` of the unpublished events, as long as there is time.

    That is the time of receipt and the key of each, in order of arrival; one that was published since is left out.
    """
    sender = _Sender(queues, has_time, together)
    published, loaded = 0, 0
    for chunk in batched(found, CHUNK, strict=False):
        if not has_time():
            break
        events = outbox.load([key for _, key in chunk])
        awaiting = {event.key: routing.awaiting(event) for event in events}
        taken = sender.send(events, awaiting)
        marks = [_mark(event, awaiting[event.key], taken) for event in events]
        outbox.mark([mark for mark in marks if mark])
        published += sum(not mark.pending for mark in marks if mark)
        loaded += len(events)
    return Run(published, loaded - published, finished=has_time())


@dataclass(slots=True)
class _Sender:
    """Sends to the queues. One that `failed` gets nothing more in this run: a call to it may take seconds to fail."""

    queues: BatchQueues
    has_time: Callable[[], bool]
    together: Together
    failed: set[str] = field(default_factory=set)

    def send(
        self, events: Sequence[AcceptedEvent], awaiting: Mapping[EventKey, Sequence[str]]
    ) -> set[tuple[EventKey, str]]:
        """Send each event to the handlers that await it; returns what was taken, as events and handlers."""
        by_handler: dict[str, list[AcceptedEvent]] = {}
        for event in events:
            for name in awaiting[event.key]:
                by_handler.setdefault(name, []).append(event)
        return {each for taken in self.together(self._send_to, by_handler.items()) for each in taken}

    def _send_to(self, wanted: tuple[str, list[AcceptedEvent]]) -> list[tuple[EventKey, str]]:
        name, events = wanted
        taken: list[tuple[EventKey, str]] = []
        for batch in batched(events, SEND_BATCH, strict=False):
            if name in self.failed or not self.has_time():
                break
            answer = self.queues.publish_batch(batch, name)
            if answer is None:
                self.failed.add(name)
            else:
                taken += [(event.key, name) for event in answer]
        return taken


def _mark(event: AcceptedEvent, awaiting: Sequence[str], taken: set[tuple[EventKey, str]]) -> Mark | None:
    """What to record of an event; None if its item says so already: an unreachable queue costs no write a minute."""
    pending = tuple(name for name in awaiting if (event.key, name) not in taken)
    added = tuple(name for name in awaiting if name not in event.handlers)
    return Mark(event, pending, added) if not pending or len(pending) < len(awaiting) else None
