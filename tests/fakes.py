"""The outside world in memory. `tests/contract/` runs the same tests on these and on the adapters of AWS."""

from collections.abc import Iterator, Mapping, Sequence

from webhooks.errors import QueueUnavailable, Unavailable
from webhooks.event import Event, EventKey
from webhooks.message import Message
from webhooks.receive import Claim
from webhooks.record import Record


class FakeInbox:
    """Remembers who claimed what; `writable` and `markable` may be switched off."""

    def __init__(self, *, writable: bool = True, markable: bool = True) -> None:
        self.writable = writable
        self.markable = markable
        self.events: dict[EventKey, Event] = {}
        self.unpublished: set[EventKey] = set()
        self._claimants: dict[EventKey, str] = {}

    def claim(self, event: Event, claimant: str, token_label: str = "") -> Claim:  # noqa: ARG002 - kept for people
        if not self.writable:
            raise Unavailable("the inbox")
        present = self.events.get(event.key)
        if present is None:
            self.events[event.key] = event
            self.unpublished.add(event.key)
            self._claimants[event.key] = claimant
            return Claim.OURS
        if self._claimants[event.key] == claimant:
            return Claim.OURS
        same = (present.body, present.body_reference) == (event.body, event.body_reference)
        return Claim.DUPLICATE if same else Claim.COLLISION

    def mark_published(self, event: Event) -> bool:
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

    def load(self, keys: Sequence[EventKey]) -> list[Event]:
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
        self.messages: dict[str, list[Message]] = {name: [] for name in names}
        self.refused: set[EventKey] = set()

    def publish(self, event: Event) -> None:
        if event.queue not in self.messages or event.key in self.refused:
            raise QueueUnavailable
        self.messages[event.queue].append(Message.of(event))

    def publish_all(self, events: Sequence[Event]) -> list[Event]:
        taken = [event for event in events if event.queue in self.messages and event.key not in self.refused]
        for event in taken:
            self.publish(event)
        return taken


class FakeBodies:
    """Bodies by reference; `writable` may be switched off."""

    def __init__(self, *, writable: bool = True) -> None:
        self.writable = writable
        self.kept: dict[str, str] = {}

    def keep(self, body: str) -> str:
        if not self.writable:
            raise Unavailable("the store of large and rejected bodies")
        reference = f"bodies/{hash(body)}"
        self.kept[reference] = body
        return reference

    def fetch(self, reference: str) -> str:
        return self.kept[reference]


class FakeRejected:
    """Documents by name; `writable` may be switched off."""

    def __init__(self, *, writable: bool = True) -> None:
        self.writable = writable
        self.kept: dict[str, str] = {}

    def keep(self, name: str, content: str) -> None:
        if not self.writable:
            raise Unavailable("the store of large and rejected bodies")
        self.kept[name] = content


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


class FakeRecords:
    """The newest record of each key."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], Record] = {}

    def keep(self, record: Record) -> bool:
        present = self.kept.get((record.pk, record.sk))
        newer = present is None or present.version <= record.version
        if newer:
            self.kept[record.pk, record.sk] = record
        return newer
