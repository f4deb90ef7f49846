"""What became of an event in one handler, as the inbox and the table of `once` store it."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, Self

from webhooks.aws.inbox_table import is_unpublished
from webhooks.aws.once_table import run_id, trouble_id
from webhooks.event import AGAIN, AcceptedEvent
from webhooks.policy import QUEUE_RETENTION
from webhooks_cli.operations.times import later

type Item = Mapping[str, Any]
"""As DynamoDB's client returns it: each value under its type, such as `{"S": "text"}`."""

REPLAYS = "replays"
"""Attribute of an inbox item: the names of the replays that sent the event again."""


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
class Reader:
    """A handler whose state is read: `ran` are the names under which it may have run, `own` if it is of the type.

    `gone` if it was taken away, and nobody got the event in its place.
    """

    name: str
    ran: tuple[str, ...]
    own: bool
    gone: bool = False


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
    def of(cls, handler: Reader, event: AcceptedEvent, item: Item, found: Mapping[str, Item]) -> Self:
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


def replays_of(item: Item) -> list[str]:
    """The names of the replays that sent an event again, in order of time."""
    return sorted(item.get(REPLAYS, {"SS": []})["SS"])


def _run_of(handler: Reader, key: str, found: Mapping[str, Item]) -> FinishedRun | None:
    items = (found.get(f"{name}#{run_id(key)}", {}) for name in handler.ran)
    return next((FinishedRun.from_item(item) for item in items if item.get("status") == {"S": "COMPLETED"}), None)


def _text(item: Item, name: str) -> str:
    return str(item[name]["S"]) if name in item else ""


def _number(item: Item, name: str) -> int:
    return int(item[name]["N"]) if name in item else 0
