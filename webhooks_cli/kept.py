"""An event as the inbox keeps it, and what became of it."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Self

from webhooks.aws.inbox_table import event_of
from webhooks.dates import timestamp
from webhooks.event import AcceptedEvent
from webhooks_cli.batch import Item

_READ = (
    *(
        "message_id",
        "client_and_type",
        "type_shard",
        "received_at",
        "event_date",
        "user",
        "token_label",
        "body_reference",
    ),
    *("unpublished_shard", "failures", "errors", "given_up_at", "redriven_at", "discarded_at", "expires_at"),
)
WITHOUT_BODY = {
    "ProjectionExpression": ", ".join(f"#{name}" for name in _READ),
    "ExpressionAttributeNames": {f"#{name}": name for name in _READ},
}
"""Asks for all that `Kept` reads of an item but the body."""


class State(StrEnum):
    """What became of an event, as far as inbox and `once` tell. Events of an idempotent handler stay `waiting`."""

    UNPUBLISHED = "unpublished"
    """Accepted, and not on its queue yet."""
    WAITING = "waiting"
    """On its queue, and not tried yet, or not since it was sent back from the dead letters."""
    FAILING = "failing"
    """Tried without success, and going to be tried again."""
    DEAD_LETTER = "dead-letter"
    """Given up after its last failure, and not handled since."""
    DISCARDED = "discarded"
    """Its dead letter was deleted by `webhooks dead-letters discard`: it is in the inbox alone."""
    HANDLED = "handled"


@dataclass(frozen=True, slots=True)
class Failure:
    """One try that failed. The error may quote the event's body."""

    at: str
    error: str


@dataclass(frozen=True, slots=True)
class Kept:
    """An event, what became of it, and when. Moments are text that sorts, empty for what has not happened.

    `handled_at` is known to the second. Read without its body, the event has none.
    """

    event: AcceptedEvent
    state: State
    published: bool
    token_label: str
    failures: int
    errors: tuple[Failure, ...]
    given_up_at: str
    redriven_at: str
    discarded_at: str
    handled_at: str
    expires_at: str

    @property
    def received_at(self) -> str:
        """When it was received."""
        return self.event.received_at

    @classmethod
    def from_item(cls, item: Item, run_expiry: int | None) -> Self:
        """From the event's item, and the time (epoch) at which the memory of its run expires, if there was one."""
        event = event_of(item)
        errors = tuple(
            Failure(noted["M"]["at"]["S"], noted["M"]["error"]["S"]) for noted in item.get("errors", {"L": []})["L"]
        )
        published = "unpublished_shard" not in item
        expires_at = int(item["expires_at"]["N"])
        # Item and run are kept equally long: the run was noted as long before its end as the item was before its own.
        kept_for = expires_at - _epoch(event.received_at)
        handled_at = _moment(run_expiry - kept_for) if run_expiry else ""
        kept = cls(
            event=event,
            state=State.WAITING if published else State.UNPUBLISHED,
            published=published,
            token_label=_text(item, "token_label"),
            failures=int(item["failures"]["N"]) if "failures" in item else 0,
            errors=errors,
            given_up_at=_text(item, "given_up_at"),
            redriven_at=_text(item, "redriven_at"),
            discarded_at=_text(item, "discarded_at"),
            handled_at=handled_at,
            expires_at=_moment(expires_at),
        )
        return replace(kept, state=_later_state(kept) or kept.state)


def _later_state(kept: Kept) -> State | None:
    """What became of an event since it was on its queue; None if nothing did."""
    failed_at = kept.errors[-1].at if kept.errors else ""
    last = max(failed_at, kept.given_up_at)
    # When it was handled is known to the second only.
    if kept.handled_at and kept.handled_at[:19] >= failed_at[:19]:
        return State.HANDLED
    if kept.discarded_at > max(last, kept.redriven_at):
        return State.DISCARDED
    if kept.redriven_at >= last:
        return None
    return State.DEAD_LETTER if kept.given_up_at >= failed_at else State.FAILING


def _text(item: Item, name: str) -> str:
    return str(item[name]["S"]) if name in item else ""


def _epoch(moment: str) -> int:
    return int(datetime.fromisoformat(moment).timestamp())


def _moment(epoch: int) -> str:
    return timestamp(datetime.fromtimestamp(epoch, UTC))
