"""Dead letters, as their handlers recorded them or as they are in a queue, and what may be shown of them."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self

from webhooks.dates import timestamp
from webhooks.event import CUSTOM, AcceptedEvent, EventKey
from webhooks.message import MalformedMessage, event_from_record
from webhooks_cli.operations.errors import OperationFailed
from webhooks_cli.operations.event_types import check_spelling
from webhooks_cli.operations.handler_state import HandlerState
from webhooks_cli.operations.masking import masked_body, masked_reason, masked_user

MOVED_BY_SQS = "moved by SQS after maxReceiveCount: its handler neither finished nor failed"
"""The reason of a dead letter that no handler has sent."""

NOT_RECORDED = "not recorded: --queue shows what the queue has"
"""The reason of a dead letter whose handler could not record its failure."""

_ADDED = {"Reason", "Failures"}
"""Attributes that a handler adds when it sends a dead letter."""

_LARGEST_BATCH = 10
_BATCH_BYTES = 900_000
"""SQS takes 1 MiB in one batch, attributes included."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An event that was given up, or a message without an event, which SQS moved.

    `event_type` is its handler, `failures` how often that had failed; None if it is not known. `id` is SQS's, empty
    if the queue was not looked at. `given_up_at` is, if SQS moved it, when it was sent to its handler.
    """

    event_type: str
    event: AcceptedEvent | None
    body: str
    reason: str
    failures: int | None
    given_up_at: str
    id: str

    @classmethod
    def from_state(cls, event: AcceptedEvent, handler: HandlerState) -> "DeadLetter":
        """From what a handler recorded of an event that it gave up."""
        trouble = handler.trouble
        error = trouble.errors[-1].error if trouble.errors else NOT_RECORDED
        reason = error.removeprefix("DeadLetter: ")
        return DeadLetter(handler.name, event, event.body, reason, trouble.failures, trouble.given_up_at, id="")

    @property
    def key(self) -> EventKey | None:
        """The event's key."""
        return self.event.key if self.event else None

    def shown_reason(self, *, reveal: bool) -> str:
        """The reason. A handler's words and the text of an error may quote the event: `reveal` shows them."""
        if reveal or self.reason in {MOVED_BY_SQS, NOT_RECORDED}:
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
            "sqs_id": self.id or None,
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


@dataclass(frozen=True, slots=True)
class DeadLetterMessage(DeadLetter):
    """A message of a dead-letter queue. `attributes` and `group` are SQS's.

    `event` is None if the message was published by neither ingest nor the relay.
    """

    attributes: Mapping[str, Mapping[str, Any]]
    group: str | None

    @classmethod
    def from_message(cls, event_type: str, message: Mapping[str, Any]) -> Self:
        """From a message that was received with all its attributes."""
        attributes = message.get("MessageAttributes", {})
        added = {name: str(attributes.get(name, {}).get("StringValue", "")) for name in _ADDED}
        sent = datetime.fromtimestamp(int(message["Attributes"]["SentTimestamp"]) / 1000, UTC)
        return cls(
            event_type=event_type,
            event=_event(attributes, message["Body"]),
            body=message["Body"],
            reason=added["Reason"] or MOVED_BY_SQS,
            failures=int(added["Failures"]) if added["Failures"].isdecimal() else None,
            given_up_at=timestamp(sent),
            id=message["MessageId"],
            attributes=attributes,
            group=message["Attributes"].get("MessageGroupId"),
        )

    @property
    def run_key(self) -> str:
        """Identifies the handler's run that failed; for a message without an event, its whole content."""
        return self.event.run_key if self.event else f"{self.body} {self.original_attributes}"

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

    def is_reached(self, number: int) -> bool:
        """Whether so many are the largest number chosen."""
        return bool(self.limit) and number >= self.limit

    def check_found(self, number: int, event_types: Collection[str], unknown: str) -> None:
        """Raise if none was found: `OperationFailed` for ids, with `unknown`, `InvalidInput` for a mistyped type.

        `{ids}` in `unknown` stands for the ids.
        """
        if number:
            return
        check_spelling(self.event_type, event_types)
        if self.ids:
            raise OperationFailed(unknown.format(ids=", ".join(sorted(self.ids))))

    def __contains__(self, letter: DeadLetter) -> bool:
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

    def add(self, letters: Iterable[DeadLetter]) -> None:
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
