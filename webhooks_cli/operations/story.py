"""The story of one event: what happened to it and when, the records it led to, where its message is now."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Self

from botocore.exceptions import BotoCoreError, ClientError

from webhooks.aws.log import error_code
from webhooks.aws.store import S3Store
from webhooks.event import CUSTOM
from webhooks.policy import QUEUE_RETENTION
from webhooks.retries import Retry, next_step
from webhooks_cli.operations.collisions import names_of, of_event
from webhooks_cli.operations.errors import OperationFailed
from webhooks_cli.operations.masking import masked_body, masked_error, masked_user
from webhooks_cli.operations.records import holder
from webhooks_cli.operations.stack import Stack
from webhooks_cli.operations.stored_event import Failure, RecordRef, State, StoredEvent
from webhooks_cli.operations.times import later, now


@dataclass(frozen=True, slots=True)
class RecordStatus:
    """A record that the event's handler saved, and whether it still holds this event."""

    ref: RecordRef
    status: str


@dataclass(frozen=True, slots=True)
class Story:
    """An event, with body, user and errors as they may be shown; `handler` is the type whose handler takes it.

    `unread` says why the collisions could not be read; empty if they were.
    """

    stored: StoredEvent
    handler: str
    user: str
    errors: Sequence[Failure]
    body: Any
    records: Sequence[RecordStatus]
    collisions: Sequence[dict[str, str]]
    unread: str

    @classmethod
    def of(cls, stack: Stack, stored: StoredEvent, *, reveal: bool) -> Self:
        """The story of an event. Without `reveal`, personal data is masked."""
        event = stored.event
        if event.body_reference:
            bodies = S3Store(lambda: stack.client("s3"), stack.outputs["Bucket"])
            event = replace(event, body=bodies.load_body(event.body_reference))
        collisions, unread = _collisions(stack, stored)
        return cls(
            stored=stored,
            handler=event.queue if event.queue in stack.event_types else CUSTOM,
            user=event.user if reveal else masked_user(event.user),
            errors=[
                each if reveal else Failure(each.at, masked_error(each.error, event.key.event_type))
                for each in stored.errors
            ],
            body=masked_body(event.body, event.key.event_type, reveal=reveal),
            records=_record_statuses(stack, stored),
            collisions=collisions,
            unread=unread,
        )

    def steps(self) -> Iterator[tuple[str, str, str]]:
        """When, what and how, in order of time; steps without a time are where they belong."""
        stored, key = self.stored, self.stored.event.key
        sender = {"client": key.client_id, "token": stored.token_label, "user": self.user}
        yield stored.received_at, "received", ", ".join(f"{what} {name}" for what, name in sender.items() if name)
        yield "", "published" if stored.published else "not published", f"to the queue of {self.handler}"
        later_steps = [(each.at, "failed", each.error) for each in self.errors] + [
            (stored.given_up_at, "given up", f"to the dead letters of {self.handler}"),
            (stored.redriven_at, "redriven", f"to the queue of {self.handler}"),
            (stored.discarded_at, "discarded", "as a dead letter"),
            (stored.handled_at, "handled", ""),
        ]
        yield from sorted(step for step in later_steps if step[0])
        for record in self.records:
            yield "", "record", f"{record.ref.pk} {record.ref.sk} {record.status}"
        for collision in self.collisions:
            name, accepted_as = collision["collision"], collision["accepted_as"]
            yield (
                "",
                "collision",
                f"accepted as {accepted_as}" if accepted_as else f"not accepted: see `webhooks collisions show {name}`",
            )
        if self.unread:
            yield "", "collisions", self.unread
        yield "", "now", self.location()
        yield stored.expires_at, "expires", ""

    def location(self) -> str:
        """Where the event's message is, as far as that can be known."""
        match self.stored.state:
            case State.UNPUBLISHED:
                return "on no queue yet: the relay publishes it within about a minute"
            case State.WAITING:
                return f"on the queue of {self.handler}, or handled, if its handler is declared idempotent"
            case State.FAILING:
                return f"on the queue of {self.handler}, to be retried {self._next_attempt()}"
            case State.DEAD_LETTER | State.DISCARDED:
                return self._after_giving_up()
            case State.HANDLED:
                return "done, and off its queue"

    def data(self) -> dict[str, Any]:
        """The same for scripts."""
        stored, event = self.stored, self.stored.event
        return stored.summary() | {
            "event_date": event.event_date,
            "user": self.user,
            "token_label": stored.token_label,
            "published": stored.published,
            "errors": [{"at": each.at, "error": each.error} for each in self.errors],
            "given_up_at": stored.given_up_at,
            "redriven_at": stored.redriven_at,
            "discarded_at": stored.discarded_at,
            "handled_at": stored.handled_at,
            "records": [{"pk": each.ref.pk, "sk": each.ref.sk, "status": each.status} for each in self.records],
            "collisions": self.collisions,
            "location": self.location(),
            "expires_at": stored.expires_at,
            "body_reference": event.body_reference,
            "body": self.body,
        }

    def _next_attempt(self) -> str:
        last = self.errors[-1]
        step = next_step(Exception(), self.stored.failures)
        if last.error.startswith("RetryLater") or not isinstance(step, Retry):
            return "when its handler asked for it"
        return f"at about {later(last.at, timedelta(seconds=step.seconds))[:19]}Z"

    def _after_giving_up(self) -> str:
        if self.stored.state is State.DISCARDED:
            return "in the inbox only: its dead letter was discarded; `webhooks replay` sends it again"
        expires_at = later(self.stored.given_up_at, timedelta(seconds=QUEUE_RETENTION))
        if expires_at < now():
            return "in the inbox only: its dead letter has expired; `webhooks replay` sends it again"
        return f"among the dead letters of {self.handler} until {expires_at[:19]}Z"


def _collisions(stack: Stack, stored: StoredEvent) -> tuple[list[dict[str, str]], str]:
    """The collisions with an event, and why those in the bucket could not be read."""
    accepted = stored.accepted_collisions
    try:
        return names_of(accepted, of_event(stack, stored.event.key, stored.received_at)), ""
    except (BotoCoreError, ClientError, OperationFailed) as error:
        return names_of(accepted, ()), f"cannot be read: {error_code(error)}"


def _record_statuses(stack: Stack, stored: StoredEvent) -> list[RecordStatus]:
    """A record never goes back to an older event: if it holds another one, that one is newer."""
    statuses = []
    for ref in stored.run.records if stored.run else ():
        key = holder(stack, ref)
        if key is None:
            status = "does not exist any more"
        else:
            status = "holds this event" if key == stored.event.key else f"holds a newer event: {key.message_id}"
        statuses.append(RecordStatus(ref, status))
    return statuses
