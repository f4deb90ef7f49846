"""A backlog of a hundred thousand events drains whole, in order, and is never in memory at once."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from weakref import finalize

from webhooks.event import AcceptedEvent, EventKey
from webhooks.relay import CHUNK, Run, relay

BACKLOG = 100_000
QUEUES = ("CreateOrderEvent", "FinalizeOrderEvent", "CustomEvent")


@dataclass(frozen=True, slots=True, weakref_slot=True)
class _Watched(AcceptedEvent):
    """An event whose end is noticed."""


class _Backlog:
    """An outbox that makes its events when they are asked for, and counts those that are still held."""

    def __init__(self) -> None:
        self.listed = self.loaded = self.marked = 0
        self.alive = self.most_alive = self.most_in_hand = self.most_ahead = 0

    def unpublished(self, before: str) -> Iterator[tuple[str, EventKey]]:  # noqa: ARG002 - all of it is old
        for number in range(BACKLOG):
            self.listed += 1
            self.most_ahead = max(self.most_ahead, self.listed - self.loaded)
            yield _time(number), EventKey(str(number), "acme", _queue(number))

    def load(self, keys: Sequence[EventKey]) -> list[AcceptedEvent]:
        return [self._loaded(key) for key in keys]

    def mark_published(self, event: AcceptedEvent) -> bool:  # noqa: ARG002 - which one does not matter
        self.marked += 1
        return True

    def _loaded(self, key: EventKey) -> AcceptedEvent:
        number = int(key.message_id)
        event = _Watched(key, "", "", _time(number), "{}", queue=_queue(number))
        finalize(event, self._gone)
        self.loaded += 1
        self.alive += 1
        self.most_alive = max(self.most_alive, self.alive)
        self.most_in_hand = max(self.most_in_hand, self.loaded - self.marked)
        return event

    def _gone(self) -> None:
        self.alive -= 1


class _Sink:
    """Queues that keep nothing but the number of the last event, and how many they took."""

    def __init__(self) -> None:
        self.last: dict[str, int] = {}
        self.taken = Counter[str]()

    def publish_all(self, events: Sequence[AcceptedEvent]) -> list[AcceptedEvent]:
        for event in events:
            number = int(event.key.message_id)
            assert self.last.get(event.queue, -1) < number, "out of order"
            self.last[event.queue] = number
            self.taken[event.queue] += 1
        return list(events)


def _time(number: int) -> str:
    return f"2021-10-12T18:08:00.{number:07}Z"


def _queue(number: int) -> str:
    return QUEUES[number * 7919 % len(QUEUES)]


def test_a_backlog_of_a_hundred_thousand_drains_in_order_and_a_chunk_at_a_time() -> None:
    backlog, sink = _Backlog(), _Sink()
    assert relay(backlog, sink, "9999", lambda: True) == Run(BACKLOG, 0, _time(0), finished=True)
    assert sink.taken == Counter(map(_queue, range(BACKLOG)))
    assert backlog.marked == BACKLOG
    assert backlog.most_ahead == CHUNK
    assert backlog.most_in_hand == CHUNK
    # The last group of a chunk is let go of when the next chunk is there.
    assert backlog.most_alive <= 2 * CHUNK
    assert backlog.alive == 0
