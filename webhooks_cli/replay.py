"""A replay: which events of the inbox are sent to their queues again, and how far that has come."""

import secrets
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ValidationError

from tools.local.emulator import ROOT
from webhooks.event import AGAIN, EventKey
from webhooks_cli.errors import ToolFailed
from webhooks_cli.inbox import Entry, Inbox, Selection
from webhooks_cli.kept import Kept, State

FOLDER = ROOT / ".local" / "replays"
"""Where each replay is kept under its name, so that it can go on after it was stopped."""

_FEW = 1000


class Replay(BaseModel):
    """A replay, as it is kept. Of a selection all is sent in order of arrival, so that one moment tells how far it is.

    `queue` is the address of the stack's queue of CustomEvent: no other stack has the same. `entries` are the events
    where they were named one by one; else the fields above it select them. `number` is how many there were at first,
    `unpublished` how many were left to the relay. `reached` is when the last event behind it was received, and `passed`
    are the keys of all those of that very moment that are behind it.
    """

    name: str
    queue: str
    since: str = "0"
    until: str = "9999"
    event_type: str = ""
    client: str = ""
    states: tuple[State, ...] = ()
    entries: tuple[Entry, ...] | None = None
    limit: int = 0
    number: int = 0

    sent: int = 0
    unpublished: int = 0
    reached: str = ""
    passed: tuple[EventKey, ...] = ()

    @property
    def again(self) -> bool:
        """Whether events that were handled take effect once more."""
        return self.name.endswith(AGAIN)

    @property
    def done(self) -> int:
        """How many events are behind it."""
        return self.sent + self.unpublished

    def left(self, inbox: Inbox, *, bodies: bool = True) -> Iterator[Kept]:
        """The events ahead of it, a chunk of them read at a time."""
        if self.entries is None:
            events = inbox.events(self._selection(), bodies=bodies)
        else:
            events = inbox.load((entry.key for entry in self.entries), bodies=bodies)
        return self._limited(kept for kept in events if self._ahead(kept.event.received_at, kept.event.key))

    def count(self, inbox: Inbox) -> tuple[int, int | None]:
        """How many events are ahead of it, and how many of them were handled; None where it would be dear to know.

        The items are read only of few events, or where their state has a say; else the index alone.
        """
        if self.entries is None and not self.states:
            entries = inbox.entries(self._selection())
            number = sum(1 for _ in self._limited(each for each in entries if self._ahead(each.received_at, each.key)))
            if number > _FEW:
                return number, None
        number = handled = 0
        for kept in self.left(inbox, bodies=False):
            number += 1
            handled += kept.state is State.HANDLED
        return number, handled

    def advance(self, batch: Sequence[Kept], sent: int) -> None:
        """Put a batch behind it, of which `sent` events were sent."""
        self.sent += sent
        self.unpublished += len(batch) - sent
        last = batch[-1].event.received_at
        passed = tuple(kept.event.key for kept in batch if kept.event.received_at == last)
        self.passed = (self.passed if last == self.reached else ()) + passed
        self.reached = last

    def save(self) -> None:
        """Keep it, all or nothing whenever the command is killed."""
        FOLDER.mkdir(parents=True, exist_ok=True)
        new = FOLDER / f"{self.name}.new"
        new.write_text(self.model_dump_json(indent=2))
        new.replace(_path(self.name))

    @classmethod
    def saved(cls, name: str) -> Self:
        """The one that was kept under a name. Raises `ToolFailed`."""
        try:
            return cls.model_validate_json(_path(name).read_text())
        except FileNotFoundError:
            known = ", ".join(sorted(path.stem for path in FOLDER.glob("*.json"))) or "none"
            raise ToolFailed(f"no replay is called {name}; there are: {known}") from None
        except ValidationError as error:
            raise ToolFailed(f"{_path(name)} cannot be read: start the replay anew") from error

    def _selection(self) -> Selection:
        return Selection(max(self.since, self.reached), self.until, self.event_type, self.client, self.states)

    def _ahead(self, received_at: str, key: EventKey) -> bool:
        return received_at > self.reached or (received_at == self.reached and key not in self.passed)

    def _limited[T](self, events: Iterator[T]) -> Iterator[T]:
        return islice(events, self.limit - self.done if self.limit else None)


def new_name(*, again: bool) -> str:
    """A name that no other replay has, and that tells when it was begun."""
    began = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    return f"{began}-{secrets.token_hex(2)}{'-' + AGAIN if again else ''}"


def _path(name: str) -> Path:
    # The name alone: it may have been typed.
    return FOLDER / f"{Path(name).name}.json"
