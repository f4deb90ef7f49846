"""The outside world in memory. `tests/contract/` runs the same tests on these and on the adapters of AWS."""

from collections.abc import Mapping

from webhooks.errors import QueueUnavailable, Unavailable
from webhooks.event import Event, EventKey
from webhooks.message import Message
from webhooks.record import Record


class FakeInbox:
    """Remembers who claimed what; `writable` and `markable` may be switched off."""

    def __init__(self, *, writable: bool = True, markable: bool = True) -> None:
        self.writable = writable
        self.markable = markable
        self.events: dict[EventKey, Event] = {}
        self.unpublished: set[EventKey] = set()
        self._claimants: dict[EventKey, str] = {}

    def claim(self, event: Event, claimant: str) -> bool:
        if not self.writable:
            raise Unavailable("the inbox")
        if event.key not in self.events:
            self.events[event.key] = event
            self.unpublished.add(event.key)
            self._claimants[event.key] = claimant
        return self._claimants[event.key] == claimant

    def mark_published(self, event: Event) -> bool:
        if self.markable:
            self.unpublished.discard(event.key)
        return self.markable


class FakeQueues:
    """The messages by queue; a queue that is not named here takes none."""

    def __init__(self, *names: str) -> None:
        self.messages: dict[str, list[Message]] = {name: [] for name in names}

    def publish(self, event: Event) -> None:
        if event.queue not in self.messages:
            raise QueueUnavailable
        self.messages[event.queue].append(Message.of(event))


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
        newer = present is None or present.version < record.version
        if newer:
            self.kept[record.pk, record.sk] = record
        return newer
