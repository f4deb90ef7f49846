"""Dead letters as they are in the dead-letter queue of their type, and what may be shown of them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self

from webhooks.dates import timestamp
from webhooks.event import CUSTOM, AcceptedEvent, EventKey
from webhooks.message import MalformedMessage, event_from_record
from webhooks_cli.operations.masking import masked_body, masked_reason, masked_user

MOVED_BY_SQS = "moved by SQS after maxReceiveCount: its handler neither finished nor failed"
"""The reason of a dead letter that no handler has sent."""

_ADDED = {"Reason", "Failures"}
"""Attributes that a handler adds when it sends a dead letter."""

_LARGEST_BATCH = 10
_BATCH_BYTES = 900_000
"""SQS takes 1 MiB in one batch, attributes included."""


@dataclass(frozen=True, slots=True)
class DeadLetterMessage:
    """A message of a dead-letter queue. `id` and `attributes` are SQS's.

    `event` is None if the message was published by neither ingest nor the relay. `given_up_at` is, if SQS moved the
    message, when it was sent to its handler.
    """

    event_type: str
    id: str
    body: str
    attributes: Mapping[str, Mapping[str, Any]]
    group: str | None
    given_up_at: str
    event: AcceptedEvent | None

    @classmethod
    def from_message(cls, event_type: str, message: Mapping[str, Any]) -> Self:
        """From a message that was received with all its attributes."""
        attributes = message.get("MessageAttributes", {})
        sent = datetime.fromtimestamp(int(message["Attributes"]["SentTimestamp"]) / 1000, UTC)
        return cls(
            event_type=event_type,
            id=message["MessageId"],
            body=message["Body"],
            attributes=attributes,
            group=message["Attributes"].get("MessageGroupId"),
            given_up_at=timestamp(sent),
            event=_event(attributes, message["Body"]),
        )

    @property
    def key(self) -> EventKey | None:
        """The event's key."""
        return self.event.key if self.event else None

    @property
    def run_key(self) -> str:
        """Identifies the handler's run that failed; for a message without an event, its whole content."""
        return self.event.run_key if self.event else f"{self.body} {self.original_attributes}"

    @property
    def reason(self) -> str:
        """Why it was given up."""
        return self._text("Reason") or MOVED_BY_SQS

    @property
    def failures(self) -> int | None:
        """How often its handler had failed; None if SQS moved it."""
        number = self._text("Failures")
        return int(number) if number.isdecimal() else None

    @property
    def original_attributes(self) -> dict[str, Any]:
        """The attributes that it had on its queue, as SQS takes them."""
        return {name: value for name, value in self.attributes.items() if name not in _ADDED}

    @property
    def size(self) -> int:
        """Its approximate share of a batch, in bytes."""
        return len(self.body.encode()) + sum(
            len(name) + len(str(value.get("StringValue", value.get("BinaryValue", ""))))
            for name, value in self.attributes.items()
        )

    def shown_reason(self, *, reveal: bool) -> str:
        """The reason. A handler's words and the text of an error may quote the event: `reveal` shows them."""
        if reveal or self.reason == MOVED_BY_SQS:
            return self.reason
        return masked_reason(self.reason, self.key.event_type if self.key else self.event_type)

    def row(self, *, reveal: bool) -> dict[str, Any]:
        """Its row in a list; the ids are None if it has no event."""
        key = self.key
        return {
            "given_up_at": self.given_up_at,
            "message_id": key.message_id if key else None,
            "client_id": key.client_id if key else None,
            "event_type": key.event_type if key else None,
            "queue": self.event_type,
            "failures": self.failures,
            "reason": self.shown_reason(reveal=reveal),
            "sqs_id": self.id,
        }

    def details(self, *, reveal: bool) -> dict[str, Any]:
        """Everything that may be shown of it; `body` is None if it is in the bucket, under `body_reference`."""
        event = self.event
        more = {
            "event_date": event.event_date if event else None,
            "received_at": event.received_at if event else None,
            "replay": event.replay if event else None,
            "user": (event.user if reveal else masked_user(event.user)) if event else None,
            "body_reference": event.body_reference if event else None,
            "body": self._shown_body(reveal=reveal),
        }
        return self.row(reveal=reveal) | more

    def _shown_body(self, *, reveal: bool) -> Any:
        if self.event and self.event.body_reference:
            return None
        return masked_body(self.body, self.key.event_type if self.key else CUSTOM, reveal=reveal)

    def _text(self, name: str) -> str:
        return str(self.attributes.get(name, {}).get("StringValue", ""))


@dataclass(frozen=True, slots=True)
class Choice:
    """Chooses dead letters; an empty field chooses all.

    `ids` are message ids of events, or SQS's own; `error` is a part of the reason, in any case; `event_type` is the
    event's, whatever its queue; `limit` is the largest number chosen.
    """

    ids: frozenset[str] = frozenset()
    error: str = ""
    event_type: str = ""
    limit: int = 0

    def __contains__(self, letter: DeadLetterMessage) -> bool:
        """Whether a dead letter is chosen."""
        key = letter.key
        return (
            (not self.ids or letter.id in self.ids or (key is not None and key.message_id in self.ids))
            and self.error.casefold() in letter.reason.casefold()
            and (not self.event_type or (key is not None and key.event_type == self.event_type))
        )


@dataclass(slots=True)
class Group:
    """The number of dead letters of one type with one reason, and when the first and the last were given up."""

    event_type: str
    reason: str
    number: int
    oldest: str
    newest: str


@dataclass(frozen=True, slots=True)
class Groups:
    """Dead letters counted by type and reason. Without `reveal`, reasons are masked."""

    reveal: bool
    _groups: dict[tuple[str, str], Group] = field(default_factory=dict)

    def add(self, letters: Iterable[DeadLetterMessage]) -> None:
        """Count dead letters."""
        for letter in letters:
            reason, at = letter.shown_reason(reveal=self.reveal), letter.given_up_at
            group = self._groups.setdefault(
                (letter.event_type, reason), Group(letter.event_type, reason, 0, oldest=at, newest=at)
            )
            group.number += 1
            group.oldest, group.newest = min(group.oldest, at), max(group.newest, at)

    @property
    def largest_first(self) -> list[Group]:
        """The groups by their number of dead letters."""
        return sorted(self._groups.values(), key=lambda group: -group.number)


def in_batches(letters: Iterable[DeadLetterMessage]) -> Iterator[list[DeadLetterMessage]]:
    """Dead letters in batches that SQS takes."""
    batch: list[DeadLetterMessage] = []
    size = 0
    for letter in letters:
        if batch and (len(batch) == _LARGEST_BATCH or size + letter.size > _BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(letter)
        size += letter.size
    if batch:
        yield batch


def _event(attributes: Mapping[str, Mapping[str, Any]], body: str) -> AcceptedEvent | None:
    # Lambda spells the names of an attribute's fields in lower case, SQS does not.
    texts = {name: {"stringValue": each["StringValue"]} for name, each in attributes.items() if "StringValue" in each}
    try:
        return event_from_record({"messageAttributes": texts, "body": body})
    except MalformedMessage:
        return None
