"""The outside world in memory. `tests/contract/` runs the same tests on these and on the adapters of AWS."""

from collections.abc import Iterator, Mapping, Sequence

from webhooks.errors import QueueUnavailable, Unavailable
from webhooks.event import AcceptedEvent, EventKey
from webhooks.receive import Outcome


class FakeInbox:
    """Remembers who claimed what; `writable` and `markable` may be switched off."""

    def __init__(self, *, writable: bool = True, markable: bool = True) -> None:
        self.writable = writable
        self.markable = markable
        self.events: dict[EventKey, AcceptedEvent] = {}
        self.unpublished: set[EventKey] = set()
        self._claimants: dict[EventKey, str] = {}

    def claim(self, event: AcceptedEvent, claimant: str, token_label: str = "") -> Outcome:  # noqa: ARG002 - kept for people
        if not self.writable:
            raise Unavailable("the inbox")
        present = self.events.get(event.key)
        if present is None:
            self.events[event.key] = event
            self.unpublished.add(event.key)
            self._claimants[event.key] = claimant
            return Outcome.ACCEPTED
        if self._claimants[event.key] == claimant:
            return Outcome.ACCEPTED
        same = (present.body, present.body_reference) == (event.body, event.body_reference)
        return Outcome.DUPLICATE if same else Outcome.COLLISION

    def mark_published(self, event: AcceptedEvent) -> bool:
        if self.markable:
            self.unpublished.discard(event.key)
        return self.markable


class FakeOutbox:
    """The unpublished part of a fake inbox, and the relay's lease."""

    def __init__(self, inbox: FakeInbox) -> None:
        self._inbox = inbox
        self._owner = ""
        self._until = 0
        self.mark_published = inbox.mark_published

    def unpublished(self, before: str) -> Iterator[tuple[str, EventKey]]:
        waiting = self.load(list(self._inbox.unpublished))
        return iter([(event.received_at, event.key) for event in waiting if event.received_at < before])

    def load(self, keys: Sequence[EventKey]) -> list[AcceptedEvent]:
        waiting = [self._inbox.events[key] for key in keys if key in self._inbox.unpublished]
        return sorted(waiting, key=lambda event: event.received_at)

    def lease(self, owner: str, now: int, seconds: int) -> bool:
        free = self._until <= now or self._owner == owner
        if free:
            self._owner, self._until = owner, now + seconds
        return free

    def release(self, owner: str) -> None:
        if self._owner == owner:
            self._until = 0


class FakeQueues:
    """The messages by queue; a queue that is not named here takes none, and none takes an event in `refused`."""

    def __init__(self, *names: str) -> None:
        self.messages: dict[str, list[AcceptedEvent]] = {name: [] for name in names}
        self.refused: set[EventKey] = set()

    def publish(self, event: AcceptedEvent) -> None:
        if event.queue not in self.messages or event.key in self.refused:
            raise QueueUnavailable
        self.messages[event.queue].append(event)

    def publish_all(self, events: Sequence[AcceptedEvent]) -> list[AcceptedEvent]:
        taken = [event for event in events if event.queue in self.messages and event.key not in self.refused]
        for event in taken:
            self.publish(event)
        return taken


class FakeStore:
    """Large bodies and rejected deliveries by key; `writable` may be switched off."""

    def __init__(self, *, writable: bool = True) -> None:
        self.writable = writable
        self.bodies: dict[str, str] = {}
        self.rejected: dict[str, str] = {}
        self.collisions: dict[str, str] = {}

    def store_body(self, body: str) -> str:
        self._check()
        reference = f"bodies/{hash(body)}"
        self.bodies[reference] = body
        return reference

    def load_body(self, reference: str) -> str:
        return self.bodies[reference]

    def store_rejected(self, name: str, content: str) -> None:
        self._check()
        self.rejected[name] = content

    def store_collision(self, name: str, content: str) -> None:
        self._check()
        self.collisions[name] = content

    def _check(self) -> None:
        if not self.writable:
            raise Unavailable("the store of large and rejected bodies")


class FakeTokenSource:
    """Tokens by label; counts how often they are read. None stands for a source that cannot be read."""

    def __init__(self, tokens: Mapping[str, str] | None) -> None:
        self.tokens = tokens
        self.reads = 0

    def read(self) -> Mapping[str, str]:
        self.reads += 1
        if self.tokens is None:
            raise Unavailable("the list of accepted tokens")
        return dict(self.tokens)
