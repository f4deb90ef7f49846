"""The whole story of one event: what happened to it and when, what it led to, where its message is now."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from webhooks.aws.store import S3Store
from webhooks.dates import timestamp
from webhooks.event import CUSTOM, AcceptedEvent
from webhooks.retries import Retry, next_step
from webhooks_cli.kept import Kept, State
from webhooks_cli.masking import masked, masked_error, masked_user, read_body
from webhooks_cli.record_keys import fitted, record_keys
from webhooks_cli.records import record
from webhooks_cli.stack import Stack

DEAD_LETTERS_LIVE = timedelta(days=14)
"""For how long the template keeps dead letters in their queue."""

_OURS = "holds this event"


@dataclass(frozen=True, slots=True)
class Led:
    """A record in which the event's handler keeps it, and what that record holds now."""

    pk: str
    sk: str
    now: str


@dataclass(frozen=True, slots=True)
class Story:
    """An event, with its body, user and errors as they may be shown; `handler` is the type whose handler takes it."""

    kept: Kept
    handler: str
    user: str
    errors: Sequence[tuple[str, str]]
    body: dict[str, Any]
    records: Sequence[Led]

    @classmethod
    def of(cls, stack: Stack, kept: Kept, *, reveal: bool) -> Self:
        """The story of an event; `reveal` shows what tells of a person too."""
        event = kept.event
        if event.body_reference:
            bodies = S3Store(lambda: stack.client("s3"), stack.outputs["Bucket"])
            event = replace(event, body=bodies.load_body(event.body_reference))
        body = read_body(event.body)
        handler = event.queue if event.queue in stack.event_types else CUSTOM
        return cls(
            kept=kept,
            handler=handler,
            user=event.user if reveal else masked_user(event.user),
            errors=[(noted.at, noted.error if reveal else masked_error(noted.error)) for noted in kept.errors],
            body=body if reveal else masked(body, event.key.event_type),
            records=list(_records(stack, handler, event, handled=kept.state is State.HANDLED)),
        )

    def steps(self) -> Iterator[tuple[str, str, str]]:
        """When, what and how, in order of time; what has no time stands where it belongs."""
        kept, key = self.kept, self.kept.event.key
        named = {"client": key.client_id, "token": kept.token_label, "user": self.user}
        yield kept.event.received_at, "received", ", ".join(f"{what} {name}" for what, name in named.items() if name)
        yield "", "published" if kept.published else "not published", f"to the queue of {self.handler}"
        later = [(at, "failed", error) for at, error in self.errors]
        if kept.given_up_at:
            later.append((kept.given_up_at, "given up", f"to the dead letters of {self.handler}"))
        if kept.redriven_at:
            later.append((kept.redriven_at, "sent back", f"to the queue of {self.handler}"))
        if kept.discarded_at:
            later.append((kept.discarded_at, "discarded", "as a dead letter"))
        if kept.handled_at:
            later.append((kept.handled_at, "handled", ""))
        # When it was handled is known to the second.
        yield from sorted(later, key=lambda step: step[0][:19])
        for led in self.records:
            yield "", "record", f"{led.pk} {led.sk} {led.now}"
        yield "", "now", self.whereabouts()
        yield kept.expires_at, "kept until", ""

    def whereabouts(self) -> str:
        """Where the event's message is, as far as that can be known."""
        match self.kept.state:
            case State.UNPUBLISHED:
                return "on no queue yet: the relay puts it there within about a minute"
            case State.WAITING if any(led.now == _OURS for led in self.records):
                return "handled, as its record shows: its handler leaves no other trace"
            case State.WAITING:
                return f"on the queue of {self.handler}, or handled, if its handler is one that leaves no trace"
            case State.FAILING:
                return f"on the queue of {self.handler}, to be tried again {self._next_try()}"
            case State.DEAD_LETTER | State.DISCARDED:
                return self._after_giving_up()
            case State.HANDLED:
                return "done, and off its queue"

    def data(self) -> dict[str, Any]:
        """The same for scripts."""
        kept, event = self.kept, self.kept.event
        return summary(kept) | {
            "event_date": event.event_date,
            "user": self.user,
            "token_label": kept.token_label,
            "published": kept.published,
            "errors": [{"at": at, "error": error} for at, error in self.errors],
            "given_up_at": kept.given_up_at,
            "redriven_at": kept.redriven_at,
            "discarded_at": kept.discarded_at,
            "handled_at": kept.handled_at,
            "records": [{"pk": led.pk, "sk": led.sk, "now": led.now} for led in self.records],
            "whereabouts": self.whereabouts(),
            "expires_at": kept.expires_at,
            "body_reference": event.body_reference,
            "body": self.body,
        }

    def _next_try(self) -> str:
        failed_at, error = self.errors[-1]
        ruling = next_step(Exception(), self.kept.failures)
        if error.startswith("RetryLater") or not isinstance(ruling, Retry):
            return "when its handler asked for it"
        return f"at about {_later(failed_at, timedelta(seconds=ruling.seconds))[:19]}Z"

    def _after_giving_up(self) -> str:
        if self.kept.state is State.DISCARDED:
            return "in the inbox alone: its dead letter was discarded; `webhooks replay` sends it again"
        gone_at = _later(self.kept.given_up_at, DEAD_LETTERS_LIVE)
        if gone_at < timestamp(datetime.now(UTC)):
            return "in the inbox alone: dead letters are kept for 14 days; `webhooks replay` sends it again"
        return f"among the dead letters of {self.handler} until {gone_at[:19]}Z"


def summary(kept: Kept) -> dict[str, Any]:
    """What `events list` tells of an event."""
    event = kept.event
    return {
        "received_at": event.received_at,
        "event_type": event.key.event_type,
        "client_id": event.key.client_id,
        "message_id": event.key.message_id,
        "queue": event.queue,
        "state": kept.state,
        "failures": kept.failures,
    }


def _records(stack: Stack, handler: str, event: AcceptedEvent, *, handled: bool) -> Iterator[Led]:
    model = fitted(handler, event)
    if not model:
        return
    for pk, sk in record_keys(handler, model):
        found = record(stack, pk, sk)
        if found and found["version"] == model.version:
            yield Led(pk, sk, _OURS)
        elif handled and found and found["version"] > model.version:
            yield Led(pk, sk, f"holds a newer event: {found['version'].split(' ')[2]}")
        elif handled:
            yield Led(pk, sk, "does not hold it: the handler that ran is not that of this checkout")


def _later(moment: str, span: timedelta) -> str:
    return timestamp(datetime.fromisoformat(moment) + span)
