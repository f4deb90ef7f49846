"""An event as the inbox stores it, and its finished run as `once` stores it."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from itertools import batched
from typing import Any, Self

from webhooks.aws.inbox_table import DISCARDED_AT, GIVEN_UP_AT, REDRIVEN_AT, event_key, event_of, is_unpublished
from webhooks.dates import timestamp
from webhooks.event import AGAIN, AcceptedEvent

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
class StoredEvent:
    """An event and what became of it. Moments are text that sorts, empty for what has not happened.

    If it was read without its body, the body is empty.
    """

    event: AcceptedEvent
    published: bool
    token_label: str
    failures: int
    errors: tuple[Failure, ...]
    given_up_at: str
    redriven_at: str
    discarded_at: str
    expires_at: str
    run: FinishedRun | None
    deaths: int = 0
    replays: tuple[ReplayRef, ...] = ()
    accepted_collisions: tuple[str, ...] = ()

    @classmethod
    def from_item(cls, item: Item, runs: Mapping[str, FinishedRun]) -> Self:
        """From the event's item in the inbox and its finished runs by their keys."""
        key = str(event_key(item))
        errors = item.get("errors", {"L": []})["L"]
        return cls(
            event=event_of(item),
            published=not is_unpublished(item),
            token_label=_text(item, "token_label"),
            failures=int(item["failures"]["N"]) if "failures" in item else 0,
            errors=tuple(Failure(each["M"]["at"]["S"], each["M"]["error"]["S"]) for each in errors),
            given_up_at=_text(item, GIVEN_UP_AT),
            redriven_at=_text(item, REDRIVEN_AT),
            discarded_at=_text(item, DISCARDED_AT),
            expires_at=timestamp(datetime.fromtimestamp(int(item["expires_at"]["N"]), UTC)),
            run=runs.get(key),
            deaths=int(item["deaths"]["N"]) if "deaths" in item else 0,
            replays=tuple(ReplayRef(name, runs.get(f"{key}\n{name}")) for name in replays_of(item)),
            accepted_collisions=tuple(sorted(item.get(ACCEPTED_COLLISIONS, {"SS": []})["SS"])),
        )

    @property
    def received_at(self) -> str:
        """When it was received."""
        return self.event.received_at

    @property
    def handled_at(self) -> str:
        """When its handler finished last."""
        return max((run.handled_at for run in self._runs), default="")

    @property
    def _runs(self) -> list[FinishedRun]:
        return [run for run in (self.run, *(replay.run for replay in self.replays)) if run]

    @property
    def state(self) -> State:
        """What became of it last."""
        failed_at = self.errors[-1].at if self.errors else ""
        last_failure = max(failed_at, self.given_up_at)
        if self._runs and (self.handled_at or failed_at) >= failed_at:
            return State.HANDLED
        if self.discarded_at > max(last_failure, self.redriven_at):
            return State.DISCARDED
        if last_failure > self.redriven_at:
            return State.DEAD_LETTER if self.given_up_at >= failed_at else State.FAILING
        return State.WAITING if self.published else State.UNPUBLISHED

    def summary(self) -> dict[str, Any]:
        """Its row in `events list`."""
        return {
            "received_at": self.received_at,
            "event_type": self.event.key.event_type,
            "client_id": self.event.key.client_id,
            "message_id": self.event.key.message_id,
            "queue": self.event.queue,
            "state": self.state,
            "failures": self.failures,
        }


@dataclass(frozen=True, slots=True)
class Runs:
    """The table of `once`.

    A handler that is declared idempotent stores no run here. A replay with `--again` is another run, stored under the
    name of the replay.
    """

    client: Any
    table: str

    def finished(self, handlers: Mapping[str, Collection[str]]) -> dict[str, FinishedRun]:
        """The finished runs by their keys; `handlers` are those that may have made the run of a key."""
        wanted = {_run_id(name, key): key for key, names in handlers.items() for name in names}
        items = items_of(self.client, self.table, ({"id": {"S": each}} for each in wanted))
        return {
            wanted[item["id"]["S"]]: FinishedRun.from_item(item) for item in items if item["status"]["S"] == "COMPLETED"
        }


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


def _run_id(handler: str, key: str) -> str:
    """The key under which Powertools Idempotency, as `webhooks.aws.once` uses it, stores a run of a handler."""
    return f"{handler}#{sha256(json.dumps(key).encode()).hexdigest()}"


def _text(item: Item, name: str) -> str:
    return str(item[name]["S"]) if name in item else ""
