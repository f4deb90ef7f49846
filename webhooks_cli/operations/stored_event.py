"""An event as the inbox stores it, and what became of it in its handlers."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import batched
from typing import Any, Self

from webhooks.aws.inbox_table import event_key, event_of, is_unpublished
from webhooks.aws.once_table import run_id, trouble_id
from webhooks.dates import timestamp
from webhooks.event import AGAIN, CUSTOM, AcceptedEvent
from webhooks_cli.operations.handler_state import FinishedRun, HandlerState, Item, Reader, State, replays_of

ACCEPTED_COLLISIONS = "accepted_collisions"
"""Attribute of an inbox item: the message ids under which collisions with it were accepted."""

_BATCH = 100
"""The most keys in one BatchGetItem."""


@dataclass(frozen=True, slots=True)
class ReplayRef:
    """A replay that sent the event again: its name, and the run that only it has, if it made handlers run again."""

    name: str
    run: FinishedRun | None

    @property
    def began_at(self) -> str:
        """When the replay began, as its name says."""
        try:
            return timestamp(datetime.strptime(self.name[:15], "%Y%m%d-%H%M%S").replace(tzinfo=UTC))
        except ValueError:
            return ""

    @property
    def handled_at(self) -> str:
        """When its run ended; empty if it has none of its own."""
        return self.run.handled_at if self.run else ""


_GRAVEST_FIRST = (
    *(State.RETIRED, State.DEAD_LETTER, State.FAILING, State.UNPUBLISHED),
    *(State.WAITING, State.DISCARDED, State.HANDLED),
)


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event and what became of it in each of its handlers, that of its own type first.

    If it was read without its body, the body is empty.
    """

    event: AcceptedEvent
    published: bool
    token_label: str
    expires_at: str
    handlers: tuple[HandlerState, ...]
    replays: tuple[ReplayRef, ...] = ()
    accepted_collisions: tuple[str, ...] = ()

    @classmethod
    def from_item(cls, item: Item, readers: "Readers", found: Mapping[str, Item]) -> Self:
        """From the event's item in the inbox, and the items of the table of `once` by their ids."""
        event = event_of(item)
        handlers = tuple(HandlerState.of(handler, event, item, found) for handler in readers.of(event))
        return cls(
            event=event,
            published=not is_unpublished(item),
            token_label=item.get("token_label", {"S": ""})["S"],
            expires_at=timestamp(datetime.fromtimestamp(int(item["expires_at"]["N"]), UTC)),
            handlers=handlers,
            replays=tuple(
                ReplayRef(name, max(_again(handlers, name), key=lambda run: run.handled_at, default=None))
                for name in replays_of(item)
            ),
            accepted_collisions=tuple(sorted(item.get(ACCEPTED_COLLISIONS, {"SS": []})["SS"])),
        )

    @property
    def received_at(self) -> str:
        """When it was received."""
        return self.event.received_at

    @property
    def handled_at(self) -> str:
        """When a handler finished last."""
        return max(handler.handled_at for handler in self.handlers)

    @property
    def failures(self) -> int:
        """How often a handler failed."""
        return sum(handler.trouble.failures for handler in self.handlers)

    @property
    def states(self) -> set[State]:
        """What became of it, in all handlers."""
        return {handler.state for handler in self.handlers}

    @property
    def state(self) -> State:
        """The gravest of these."""
        return min(self.states, key=_GRAVEST_FIRST.index)

    @property
    def shown_state(self) -> str:
        """The gravest state, with the handlers that are in it unless all are."""
        names = [each.name for each in self.handlers if each.state is self.state]
        return self.state if len(names) == len(self.handlers) else f"{self.state} ({', '.join(names)})"

    def state_in(self, handler: str) -> State | None:
        """What became of it in one handler; None if that has not got it."""
        return next((each.state for each in self.handlers if each.name == handler), None)

    def summary(self) -> dict[str, Any]:
        """Its row in `events list`; with several handlers also the state in each."""
        row = {
            "received_at": self.received_at,
            "event_type": self.event.key.event_type,
            "client_id": self.event.key.client_id,
            "message_id": self.event.key.message_id,
            "queue": self.event.queue,
            "state": self.state,
            "failures": self.failures,
        }
        if len(self.handlers) == 1:
            return row
        return row | {"handlers": {each.name: each.summary() for each in self.handlers}}


@dataclass(frozen=True, slots=True)
class Readers:
    """The handlers of a stack as readers of events."""

    types: Collection[str]

    def of(self, event: AcceptedEvent) -> list[Reader]:
        """The handlers of an event. Further ones that were retired since are left out."""
        others = [name for name in event.others if name in self.types]
        own = Reader(event.queue, (event.queue,), own=True)
        if event.queue not in self.types:  # CustomEvent, or who bears the type's name now, gets its events
            heir = next((name for name in (event.key.event_type, CUSTOM) if name in others), "")
            own = Reader(heir or event.queue, (event.queue, heir or CUSTOM), own=True, gone=not heir)
        return [own, *(Reader(name, (name,), own=False) for name in others if name != own.name)]


@dataclass(frozen=True, slots=True)
class Runs:
    """The table of `once`: finished runs, and what went wrong.

    A handler that is declared idempotent stores no run here. A replay with `--again` is another run, stored under the
    name of the replay.
    """

    client: Any
    table: str

    def of(self, items: Iterable[Item], readers: Readers) -> dict[str, Item]:
        """The items about events, by their ids."""
        wanted = {
            name_id
            for item in items
            for event in [event_of(item)]
            for handler in readers.of(event)
            for name in handler.ran
            for name_id in (trouble_id(name, event.key), *(f"{name}#{run_id(key)}" for key in run_keys(item)))
        }
        found = items_of(self.client, self.table, ({"id": {"S": each}} for each in sorted(wanted)))
        return {item["id"]["S"]: item for item in found}


def _again(handlers: Iterable[HandlerState], replay: str) -> Iterator[FinishedRun]:
    return (handler.again[replay] for handler in handlers if replay in handler.again)


def items_of(client: Any, table: str, keys: Iterable[Item], **request: Any) -> Iterator[Item]:
    """The items of a table that exist, strongly consistent and in no order; `request` is added to the request."""
    for chunk in batched(keys, _BATCH, strict=False):
        wanted = {table: {"Keys": list(chunk), "ConsistentRead": True, **request}}
        while wanted:
            answer = client.batch_get_item(RequestItems=wanted)
            yield from answer["Responses"][table]
            wanted = answer["UnprocessedKeys"]


def run_keys(item: Item) -> list[str]:
    """The keys of all runs that an event may have: the first, and one for each replay that runs handlers again."""
    key = str(event_key(item))
    return [key, *(f"{key}\n{name}" for name in replays_of(item) if name.endswith(AGAIN))]
