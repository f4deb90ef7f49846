"""An event as the inbox keeps it, and what became of it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Self

from tools.cli.batch import Item
from webhooks.aws.inbox_item import event_of
from webhooks.dates import timestamp
from webhooks.event import Event

_READ = (
    *("message_id", "client_and_type", "queue", "received_at", "event_date", "user", "token_label", "body_reference"),
    *("unpublished_shard", "failures", "errors", "given_up_at", "expires_at"),
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
    """On its queue, and not tried yet."""
    FAILING = "failing"
    """Tried without success, and going to be tried again."""
    DEAD_LETTER = "dead-letter"
    """Given up after its last failure, and not handled since."""
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

    event: Event
    state: State
    published: bool
    token_label: str
    failures: int
    errors: tuple[Failure, ...]
    given_up_at: str
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
        given_up_at = item["given_up_at"]["S"] if "given_up_at" in item else ""
        return cls(
            event=event,
            state=_state(published, errors[-1].at if errors else "", given_up_at, handled_at),
            published=published,
            token_label=item["token_label"]["S"] if "token_label" in item else "",
            failures=int(item["failures"]["N"]) if "failures" in item else 0,
            errors=errors,
            given_up_at=given_up_at,
            handled_at=handled_at,
            expires_at=_moment(expires_at),
        )


def _state(published: bool, failed_at: str, given_up_at: str, handled_at: str) -> State:  # noqa: FBT001 - all by place
    # When it was handled is known to the second only.
    if handled_at and handled_at[:19] >= failed_at[:19]:
        return State.HANDLED
    if given_up_at and given_up_at >= failed_at:
        return State.DEAD_LETTER
    if failed_at:
        return State.FAILING
    return State.WAITING if published else State.UNPUBLISHED


def _epoch(moment: str) -> int:
    return int(datetime.fromisoformat(moment).timestamp())


def _moment(epoch: int) -> str:
    return timestamp(datetime.fromtimestamp(epoch, UTC))
