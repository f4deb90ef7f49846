"""An event as the inbox stores it, and its finished run as `once` stores it."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import batched
from typing import Any, Self

from webhooks.aws.inbox_table import event_key, event_of, is_unpublished
from webhooks.aws.once_table import run_id, trouble_id
from webhooks.dates import timestamp
from webhooks.event import AGAIN, CUSTOM, AcceptedEvent
from webhooks.policy import QUEUE_RETENTION
from webhooks_cli.operations.times import later

type Item = Mapping[str, Any]
"""As DynamoDB's client returns it: each value under its type, such as `{"S": "text"}`."""

ACCEPTED_COLLISIONS = "accepted_collisions"
"""Attribute of an inbox item: the message ids under which collisions with it were accepted."""

REPLAYS = "replays"
"""Attribute of an inbox item: the names of the replays that sent the event again."""

_BATCH = 100
"""The most keys in one BatchGetItem."""


class State(StrEnum):
    """What became of an event. Events of an idempotent handler stay `waiting`: such a handler stores no run."""

    UNPUBLISHED = "unpublished"
    """Accepted, not on its queue yet."""
    WAITING = "waiting"
    """On its queue, not tried yet, or not since it was redriven."""
    FAILING = "failing"
    """Failed, and going to be retried."""
    DEAD_LETTER = "dead-letter"
    """Given up after its last failure, and not handled since."""
    DISCARDED = "discarded"
    """Its dead letter was deleted by `webhooks dead-letters discard`: it is in the inbox only."""
    HANDLED = "handled"
    RETIRED = "retired"
    """On no queue: its handler, which had not handled it, was taken away with its queue."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed attempt. The error may quote the event's body."""

    at: str
    error: str


@dataclass(frozen=True, slots=True)
class RecordRef:
    """The key of a record."""

    pk: str
    sk: str


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """A successful run of a handler: when it ended, and the records that it saved."""

    handled_at: str
    records: tuple[RecordRef, ...]

    @classmethod
    def from_item(cls, item: Item) -> Self:
        """From the item of Powertools Idempotency. Before version 1.0 handlers stored neither time nor records."""
        data = json.loads(item["data"]["S"] if "data" in item else "{}") or {}
        return cls(data.get("handled_at", ""), tuple(dict.fromkeys(RecordRef(*key) for key in data.get("records", ()))))


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


@dataclass(frozen=True, slots=True)
class Trouble:
    """What went wrong with an event in a handler. Moments are text that sorts, empty for what has not happened."""

    failures: int = 0
    errors: tuple[Failure, ...] = ()
    given_up_at: str = ""
    redriven_at: str = ""
    discarded_at: str = ""
    deaths: int = 0

    @classmethod
    def from_items(cls, items: Iterable[Item]) -> Self:
        """From the items that note it: several after the handler was retired, or if version 1.0 wrote to the inbox."""
        found = [item for item in items if item]
        errors = [each["M"] for item in found for each in item.get("errors", {"L": []})["L"]]
        return cls(
            failures=sum(_number(item, "failures") for item in found),
            errors=tuple(sorted((Failure(each["at"]["S"], each["error"]["S"]) for each in errors), key=lambda e: e.at)),
            given_up_at=max((_text(item, "given_up_at") for item in found), default=""),
            redriven_at=max((_text(item, "redriven_at") for item in found), default=""),
            discarded_at=max((_text(item, "discarded_at") for item in found), default=""),
            deaths=sum(_number(item, "deaths") for item in found),
        )


@dataclass(frozen=True, slots=True)
class HandlerState:
    """What became of an event in one handler: `run` is its finished run, `again` those of replays by their names."""

    name: str
    published: bool
    trouble: Trouble
    run: FinishedRun | None
    again: Mapping[str, FinishedRun]
    gone: bool = False

    @classmethod
    def of(cls, handler: "Reader", event: AcceptedEvent, item: Item, found: Mapping[str, Item]) -> Self:
        """From the event's item in the inbox, and the items of the table of `once` by their ids."""
        trouble = (found.get(trouble_id(name, event.key), {}) for name in handler.ran)
        runs = {name: _run_of(handler, f"{event.key}\n{name}", found) for name in replays_of(item)}
        return cls(
            name=handler.name,
            published=not is_unpublished(item) or bool(event.pending and handler.name not in event.pending),
            trouble=Trouble.from_items([item if handler.own else {}, *trouble]),
            run=_run_of(handler, str(event.key), found),
            again={name: run for name, run in runs.items() if run and name.endswith(AGAIN)},
            gone=handler.gone,
        )

    @property
    def runs(self) -> list[FinishedRun]:
        """All its finished runs."""
        return [run for run in (self.run, *self.again.values()) if run]

    @property
    def handled_at(self) -> str:
        """When it finished last."""
        return max((run.handled_at for run in self.runs), default="")

    @property
    def in_queue_until(self) -> str:
        """Until when the dead-letter queue has its dead letter, if it was given up."""
        return later(self.trouble.given_up_at, timedelta(seconds=QUEUE_RETENTION))

    @property
    def state(self) -> State:
        """What became of it last."""
        trouble = self.trouble
        failed_at = trouble.errors[-1].at if trouble.errors else ""
        last_failure = max(failed_at, trouble.given_up_at)
        if self.runs and (self.handled_at or failed_at) >= failed_at:
            return State.HANDLED
        if trouble.discarded_at and trouble.discarded_at >= max(last_failure, trouble.redriven_at):
            return State.DISCARDED
        if self.gone and self.published:
            return State.RETIRED
        if last_failure > trouble.redriven_at:
            return State.DEAD_LETTER if trouble.given_up_at >= failed_at else State.FAILING
        return State.WAITING if self.published else State.UNPUBLISHED

    def summary(self) -> dict[str, Any]:
        """Its part of the row in `events list` of an event with several handlers."""
        return {"state": self.state, "failures": self.trouble.failures}


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
            token_label=_text(item, "token_label"),
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
class Reader:
    """A handler whose state is read: `ran` are the names under which it may have run, `own` if it is of the type.

    `gone` if it was taken away, and nobody got the event in its place.
    """

    name: str
    ran: tuple[str, ...]
    own: bool
    gone: bool = False


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


def _run_of(handler: Reader, key: str, found: Mapping[str, Item]) -> FinishedRun | None:
    items = (found.get(f"{name}#{run_id(key)}", {}) for name in handler.ran)
    return next((FinishedRun.from_item(item) for item in items if item.get("status") == {"S": "COMPLETED"}), None)


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


def replays_of(item: Item) -> list[str]:
    """The names of the replays that sent an event again, in order of time."""
    return sorted(item.get(REPLAYS, {"SS": []})["SS"])


def run_keys(item: Item) -> list[str]:
    """The keys of all runs that an event may have: the first, and one for each replay that runs handlers again."""
    key = str(event_key(item))
    return [key, *(f"{key}\n{name}" for name in replays_of(item) if name.endswith(AGAIN))]


def _text(item: Item, name: str) -> str:
    return str(item[name]["S"]) if name in item else ""


def _number(item: Item, name: str) -> int:
    return int(item[name]["N"]) if name in item else 0
