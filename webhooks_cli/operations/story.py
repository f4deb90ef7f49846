"""The story of one event: what happened to it and when, the records it led to, where its message is now."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self

from botocore.exceptions import BotoCoreError, ClientError

from webhooks.aws.log import error_code
from webhooks.retries import Retry, next_step
from webhooks_cli.operations.collisions import names_of, of_event
from webhooks_cli.operations.errors import OperationFailed
from webhooks_cli.operations.failed_starts import waits_since
from webhooks_cli.operations.handler_state import Failure, HandlerState, RecordRef, State
from webhooks_cli.operations.large_bodies import LargeBodies
from webhooks_cli.operations.masking import masked_body, masked_error, masked_user
from webhooks_cli.operations.records import holder
from webhooks_cli.operations.stack import Stack
from webhooks_cli.operations.stored_event import StoredEvent
from webhooks_cli.operations.times import later, now


@dataclass(frozen=True, slots=True)
class RecordStatus:
    """A record that the event's handler saved, and whether it still holds this event."""

    ref: RecordRef
    status: str


@dataclass(frozen=True, slots=True)
class HandlerStory:
    """What became of an event in one handler, with errors as they may be shown."""

    of: HandlerState
    errors: Sequence[Failure]
    failed_start: str = ""
    """When its function failed to start for the last time while the event waits; empty if it did not."""

    def steps(self) -> list[tuple[str, str, str]]:
        """What has a time, in no order: when, what and how."""
        name, trouble = self.of.name, self.of.trouble
        found = [(each.at, "failed", each.error) for each in self.errors] + [
            (trouble.given_up_at, "given up", f"to the dead letters of {name}"),
            (trouble.redriven_at, "redriven", f"to the queue of {name}"),
            (trouble.discarded_at, "discarded", "as a dead letter"),
            (self.of.run.handled_at if self.of.run else "", "handled", ""),
            *((run.handled_at, "handled", f"by {replay}") for replay, run in self.of.again.items()),
        ]
        return [step for step in found if step[0]]

    def location(self) -> str:
        """Where the event's message is, as far as that can be known."""
        match self.of.state:
            case State.UNPUBLISHED:
                return "on no queue yet: the relay publishes it within about a minute"
            case State.WAITING if self.failed_start:
                name, why = self.of.name, f"see `webhooks logs --type {self.of.name}`"
                return f"on the queue of {name}, whose function could not start at {self.failed_start[:19]}Z: {why}"
            case State.WAITING:
                return f"on the queue of {self.of.name}, or handled, if its handler is declared idempotent"
            case State.FAILING:
                return f"on the queue of {self.of.name}, {self._next_attempt()}"
            case State.DEAD_LETTER | State.DISCARDED:
                return self._after_giving_up()
            case State.HANDLED | State.RETIRED:
                return self._done()

    def data(self) -> dict[str, Any]:
        """The same for scripts."""
        trouble = self.of.trouble
        return {
            "errors": [{"at": each.at, "error": each.error} for each in self.errors],
            "given_up_at": trouble.given_up_at,
            "redriven_at": trouble.redriven_at,
            "discarded_at": trouble.discarded_at,
            "handled_at": self.of.handled_at,
            "deaths": trouble.deaths,
            "location": self.location(),
        }

    def _next_attempt(self) -> str:
        due = self._due()
        if not due:
            return "to be retried when its handler asked for it"
        if due < now():
            return f"its retry was due at about {due[:19]}Z, and has not ended: `webhooks status` shows the queue"
        return f"to be retried at about {due[:19]}Z"

    def _due(self) -> str:
        """When the message that failed last is retried; empty if the schedule does not tell."""
        if not self.errors or max(self.of.trouble.redriven_at, self.of.trouble.given_up_at) >= self.errors[-1].at:
            return ""
        step = next_step(Exception(), self.of.trouble.failures)
        if self.errors[-1].error.startswith("RetryLater") or not isinstance(step, Retry):
            return ""
        return later(self.errors[-1].at, timedelta(seconds=step.seconds))

    def _done(self) -> str:
        """Off its queue; but if a replay did it, the message that failed before is still there until its retry."""
        if self.of.state is State.RETIRED:
            known = "or handled, if its handler was declared idempotent; `webhooks replay` sends it to who takes it now"
            return f"in the inbox only, since {self.of.name} was retired, {known}"
        due = self._due()
        if not (self.of.handled_at < due and now() < due):
            return "done, and off its queue"
        then = "is dropped" if self.of.run else "makes its handler run once more"
        return f"done; its first message is on the queue of {self.of.name} until about {due[:19]}Z, and then {then}"

    def _after_giving_up(self) -> str:
        if self.of.state is State.DISCARDED:
            return "in the inbox only: its dead letter was discarded; `webhooks replay` sends it again"
        expires_at = self.of.in_queue_until
        if expires_at < now():
            return "in the inbox only: its dead letter has expired; `webhooks replay` sends it again"
        return f"among the dead letters of {self.of.name} until {expires_at[:19]}Z"


@dataclass(frozen=True, slots=True)
class Story:
    """An event, with body, user and errors as they may be shown, in each of its handlers.

    `body` is None if it has expired. `unread` says which collisions were not read, and why; empty if all were.
    """

    stored: StoredEvent
    handlers: Sequence[HandlerStory]
    user: str
    body: Any
    records: Sequence[RecordStatus]
    collisions: Sequence[dict[str, str]]
    unread: str

    @classmethod
    def of(cls, stack: Stack, stored: StoredEvent, starts: Mapping[str, str], *, reveal: bool) -> Self:
        """The story of an event; `starts` says when functions failed to start. Without `reveal`, it is masked."""
        event = stored.event
        body = LargeBodies.of(stack).load(event)
        collisions, unread = _collisions(stack, stored)
        return cls(
            stored=stored,
            handlers=[
                _handler_story(each, stored, starts.get(each.name, ""), reveal=reveal) for each in stored.handlers
            ],
            user=event.user if reveal else masked_user(event.user),
            body=None if body is None else masked_body(body, event.key.event_type, reveal=reveal),
            records=_record_statuses(stack, stored),
            collisions=collisions,
            unread=unread,
        )

    def steps(self) -> Iterator[tuple[str, str, str]]:
        """When, what and how, in order of time; steps without a time are where they belong."""
        stored, key = self.stored, self.stored.event.key
        sender = {"client": key.client_id, "token": stored.token_label, "user": self.user}
        yield stored.received_at, "received", ", ".join(f"{what} {name}" for what, name in sender.items() if name)
        for handler in self.handlers:
            published = "published" if handler.of.published else "not published"
            yield "", published, f"to the queue of {handler.of.name}"
        yield from sorted(self._later_steps())
        for handler in self.handlers:
            if deaths := handler.of.trouble.deaths:
                text = f"its handler's process, {deaths} times since it last failed"
                yield "", "died", self._named(handler, text)
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
        if self.body is None:
            yield "", "body", "expired: S3 has deleted it by its age"
        for handler in self.handlers:
            yield "", "now", self._named(handler, handler.location())
        yield stored.expires_at, "expires", ""

    def _later_steps(self) -> Iterator[tuple[str, str, str]]:
        for handler in self.handlers:
            for at, what, text in handler.steps():
                yield at, what, self._named(handler, text)
        yield from ((replay.began_at, "replayed", replay.name) for replay in self.stored.replays if replay.began_at)

    def _named(self, handler: HandlerStory, text: str) -> str:
        """The text, with the handler's name if there are several."""
        if len(self.handlers) == 1:
            return text
        return f"{handler.of.name}: {text}" if text else handler.of.name

    def data(self) -> dict[str, Any]:
        """The same for scripts."""
        stored, event = self.stored, self.stored.event
        return stored.summary() | {
            "event_date": event.event_date,
            "user": self.user,
            "token_label": stored.token_label,
            "published": stored.published,
            **self._states(),
            "replays": [
                {"name": each.name, "at": each.began_at, "handled_at": each.handled_at} for each in stored.replays
            ],
            "records": [{"pk": each.ref.pk, "sk": each.ref.sk, "status": each.status} for each in self.records],
            "collisions": self.collisions,
            "expires_at": stored.expires_at,
            "body_reference": event.body_reference,
            "body": self.body,
        }

    def _states(self) -> dict[str, Any]:
        """What became of it: of the only handler, or of each by its name."""
        if len(self.handlers) == 1:
            return self.handlers[0].data()
        return {"handlers": {each.of.name: each.of.summary() | each.data() for each in self.handlers}}


def _handler_story(of: HandlerState, stored: StoredEvent, failed_start: str, *, reveal: bool) -> HandlerStory:
    errors, event_type = of.trouble.errors, stored.event.key.event_type
    masked = [each if reveal else Failure(each.at, masked_error(each.error, event_type)) for each in errors]
    return HandlerStory(of, masked, failed_start if failed_start >= waits_since(of, stored) else "")


def _collisions(stack: Stack, stored: StoredEvent) -> tuple[list[dict[str, str]], str]:
    """The collisions with an event, and which of those in the bucket were not read, and why."""
    accepted = stored.accepted_collisions
    try:
        found, left_out = of_event(stack, stored.event.key, stored.received_at)
        unread = f"{left_out} older ones were not searched: see `webhooks collisions list`" if left_out else ""
        return names_of(accepted, found), unread
    except (BotoCoreError, ClientError, OperationFailed) as error:
        return names_of(accepted, ()), f"cannot be read: {error_code(error)}"


def _record_statuses(stack: Stack, stored: StoredEvent) -> list[RecordStatus]:
    """A record never goes back to an older event: if it holds another one, that one is newer."""
    statuses = []
    runs = [run for handler in stored.handlers for run in handler.runs]
    for ref in dict.fromkeys(ref for run in runs for ref in run.records):
        key = holder(stack, ref)
        if key is None:
            status = "does not exist any more"
        else:
            status = "holds this event" if key == stored.event.key else f"holds a newer event: {key.message_id}"
        statuses.append(RecordStatus(ref, status))
    return statuses
