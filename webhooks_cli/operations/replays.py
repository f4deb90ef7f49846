"""Replays: events of the inbox are sent to their queues again. Each is stored, so that it can be resumed."""

import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from itertools import batched, islice
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ValidationError

from webhooks.aws.queues import SqsQueues
from webhooks.event import AGAIN, CUSTOM, AcceptedEvent, EventKey
from webhooks.routing import Routing
from webhooks_cli.operations.checkout import state_folder
from webhooks_cli.operations.errors import OperationFailed
from webhooks_cli.operations.handler_state import State
from webhooks_cli.operations.inbox import Entry, Inbox, Selection
from webhooks_cli.operations.large_bodies import LargeBodies
from webhooks_cli.operations.stack import Stack
from webhooks_cli.operations.stored_event import StoredEvent

_FEW = 1000

_BATCH = 10
"""Events sent between two saves of the progress: the most that a crash causes to be sent twice."""

_PAUSES = (1, 2, 4)
"""Seconds before sending again what a queue did not take."""


class Replay(BaseModel):
    """A replay as it is stored. Events are sent in order of arrival, so one moment tells how far it has come.

    `queue` is the URL of the stack's queue of CustomEvent, which no other stack has. `entries` are the events if they
    were named one by one; otherwise the fields above select them. `handler` is the only one that gets them; empty for
    all handlers of each. `number` is how many there were at first, `unpublished` how many were left to the relay,
    `expired` how many have a body that S3 has deleted. `reached` is when the last completed event was received, and
    `passed` are the keys of all completed events of that moment.
    """

    name: str
    queue: str
    since: str = "0"
    until: str = "9999"
    event_type: str = ""
    handler: str = ""
    client: str = ""
    states: tuple[State, ...] = ()
    entries: tuple[Entry, ...] | None = None
    limit: int = 0
    number: int = 0

    sent: int = 0
    unpublished: int = 0
    expired: int = 0
    reached: str = ""
    passed: tuple[EventKey, ...] = ()

    @property
    def again(self) -> bool:
        """Whether handlers run again for events that they have handled."""
        return self.name.endswith(AGAIN)

    @property
    def completed(self) -> int:
        """How many events are completed."""
        return self.sent + self.unpublished + self.expired

    @property
    def how_to_resume(self) -> str:
        """What to do after it was stopped."""
        return f"continue with `webhooks replay --resume {self.name}`"

    def remaining(self, inbox: Inbox, *, bodies: bool = True) -> Iterator[StoredEvent]:
        """The remaining events, read a chunk at a time."""
        if self.entries is None:
            events = inbox.events(self._selection(), bodies=bodies)
        else:
            events = inbox.load((entry.key for entry in self.entries), bodies=bodies)
        return self._limited(each for each in events if self._remains(each.received_at, each.event.key))

    def count(self, inbox: Inbox) -> tuple[int, int | None]:
        """How many events remain, and how many of them were handled; None if that would cost too many reads.

        Items are read only if there are few, or if the selection depends on their state; otherwise the index alone.
        """
        if self.entries is None and not self.states:
            entries = (each for each in inbox.entries(self._selection()) if self._remains(each.received_at, each.key))
            number = sum(1 for _ in self._limited(entries))
            if number > _FEW:
                return number, None
        number = handled = 0
        for stored in self.remaining(inbox, bodies=False):
            number += 1
            handled += (stored.state_in(self.handler) if self.handler else stored.state) is State.HANDLED
        return number, handled

    def is_left_to_relay(self, stored: StoredEvent) -> bool:
        """Whether the relay will publish an event to all that it is to be sent to."""
        return not stored.published and (not self.handler or self.handler in stored.event.handlers)

    def by_handler(self, events: Sequence[StoredEvent], routing: Routing) -> dict[str, list[AcceptedEvent]]:
        """The events to send, by handler."""
        found: dict[str, list[AcceptedEvent]] = {}
        for stored in events:
            names = [self.handler] if self.handler else _present(stored, routing)
            for name in names:
                found.setdefault(name, []).append(stored.event)
        return found

    def advance(self, batch: Sequence[StoredEvent], sent: int, expired: int) -> None:
        """Complete a batch, of which `sent` events were sent and `expired` could not be; the relay has the others."""
        self.sent += sent
        self.expired += expired
        self.unpublished += len(batch) - sent - expired
        last = batch[-1].received_at
        passed = tuple(stored.event.key for stored in batch if stored.received_at == last)
        self.passed = (self.passed if last == self.reached else ()) + passed
        self.reached = last

    def save(self) -> None:
        """Store it, as a whole even if the process is killed."""
        folder().mkdir(parents=True, exist_ok=True)
        new = folder() / f"{self.name}.new"
        new.write_text(self.model_dump_json(indent=2))
        new.replace(_path(self.name))

    @classmethod
    def saved(cls, name: str, stack: Stack) -> Self:
        """The replay stored under a name. Raises `OperationFailed` if there is none, or it belongs to another stack."""
        try:
            replay = cls.model_validate_json(_path(name).read_text())
        except FileNotFoundError:
            known = ", ".join(sorted(path.stem for path in folder().glob("*.json"))) or "none"
            raise OperationFailed(f"there is no replay {name}; there are: {known}") from None
        except ValidationError as error:
            raise OperationFailed(f"{_path(name)} cannot be read: start the replay again") from error
        if replay.queue != stack.queue_url(CUSTOM):
            raise OperationFailed(
                f"{name} replays events of another stack, that of {replay.queue}: name it with --stack"
            )
        return replay

    def _selection(self) -> Selection:
        wanted = self.event_type or self.handler
        return Selection(max(self.since, self.reached), self.until, wanted, self.client, self.states, self.handler)

    def _remains(self, received_at: str, key: EventKey) -> bool:
        return received_at > self.reached or (received_at == self.reached and key not in self.passed)

    def _limited[T](self, events: Iterator[T]) -> Iterator[T]:
        return islice(events, self.limit - self.completed if self.limit else None)


class Pace:
    """An even number of events per second; 0 is no limit."""

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self._next = time.monotonic()

    def wait(self, number: int) -> None:
        """Wait until the next `number` events are due."""
        if not self.rate:
            return
        moment = time.monotonic()
        time.sleep(max(0, self._next - moment))
        self._next = max(self._next, moment) + number / self.rate


def resend(  # noqa: PLR0913 - what is sent from where to where, and how
    replay: Replay,
    inbox: Inbox,
    queues: SqsQueues,
    bodies: LargeBodies,
    pace: Pace,
    *,
    progress: Callable[[], object] = lambda: None,
    shield: Callable[[], AbstractContextManager[object]] = nullcontext,
) -> None:
    """Send the remaining events, and save the progress after each batch; `progress` is called then.

    Memory holds no more than a chunk of events. Unpublished events are left to the relay, and those whose body has
    expired are left out. `shield` makes blocks that an interruption must not cut short.

    Raises `OperationFailed` if a queue does not take an event: the replay can be resumed from there.
    """
    size = min(_BATCH, pace.rate or _BATCH)
    for batch in batched(replay.remaining(inbox), size, strict=False):
        ready = [stored for stored in batch if not replay.is_left_to_relay(stored)]
        expired = [stored for stored in ready if bodies.has_expired(stored.event)]
        published = [stored for stored in ready if stored not in expired]
        pace.wait(len(published))
        with shield():
            sent = replay.by_handler(published, inbox.routing)
            send(queues, inbox, sent, replay.name, f"later, {replay.how_to_resume}")
            replay.advance(batch, len(published), len(expired))
            replay.save()
        progress()


def queues_of(stack: Stack) -> SqsQueues:
    """The event queues of a stack."""
    return SqsQueues(stack.client("sqs"), {name: stack.queue_url(name) for name in stack.event_types})


def entries_of(inbox: Inbox, message_ids: Iterable[str]) -> tuple[Entry, ...]:
    """The events of message ids in order of arrival. Raises `OperationFailed` for an unknown id."""
    found = {each: inbox.find(each) for each in dict.fromkeys(message_ids)}
    if missing := [each for each, events in found.items() if not events]:
        raise OperationFailed(f"the inbox has no event {', '.join(missing)}: `webhooks events list` shows its events")
    entries = (Entry(stored.received_at, stored.event.key) for events in found.values() for stored in events)
    return tuple(sorted(entries, key=lambda entry: entry.received_at))


def new_name(*, again: bool) -> str:
    """A name that no other replay has, with the time when it began."""
    began = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    return f"{began}-{secrets.token_hex(2)}{'-' + AGAIN if again else ''}"


def folder() -> Path:
    """Where replays are stored."""
    return state_folder() / "replays"


def _path(name: str) -> Path:
    # The last part only: the name may have been typed.
    return folder() / f"{Path(name).name}.json"


def _present(stored: StoredEvent, routing: Routing) -> list[str]:
    """The handlers of an event, with others in place of those that were retired."""
    names = [each.name for each in stored.handlers]
    present = [name for name in names if name in routing.names]
    successors = routing.successors(stored.event, [name for name in names if name not in routing.names])
    return list(dict.fromkeys((*present, *successors)))


def send(
    queues: SqsQueues, inbox: Inbox, sent: Mapping[str, Sequence[AcceptedEvent]], replay: str, otherwise: str
) -> None:
    """Send events to handlers, and note it. Raises `OperationFailed`, with what to do, if a queue does not take all."""
    for handler, events in sent.items():
        _send(queues, events, handler, replay, otherwise)
    inbox.note_replay(sent, replay)


def _send(queues: SqsQueues, events: Sequence[AcceptedEvent], handler: str, replay: str, otherwise: str) -> None:
    for pause in (*_PAUSES, None):
        taken = {event.key for event in queues.publish_all(events, handler, replay)}
        events = [event for event in events if event.key not in taken]
        if not events:
            return
        if pause:
            time.sleep(pause)
    raise OperationFailed(f"the queue of {handler} does not take events: {otherwise}")
