"""Dead letters as they lie in the queue of their type."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from webhooks.dates import timestamp
from webhooks.event import AcceptedEvent, EventKey
from webhooks.message import MalformedMessage, event_from_record

_ADDED = {"Reason", "Failures"}
"""What a handler adds to the attributes when it gives a message up."""

NO_REASON = "given up by SQS: handed out too often, and the handler neither finished nor failed"
"""Stands for the reason where SQS gave it up."""
_LARGEST_BATCH = 10
_BATCH_BYTES = 900_000
"""SQS takes 1 MiB in one batch, attributes included."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter. `id` is SQS's; `attributes` are as SQS tells them.

    `message` is None for one that neither ingest nor the relay has put on its queue. `since` is when it was given up,
    or, if SQS did that, when it was sent to its handler.
    """

    event_type: str
    id: str
    body: str
    attributes: Mapping[str, Mapping[str, Any]]
    group: str | None
    since: str
    message: AcceptedEvent | None

    @classmethod
    def of(cls, event_type: str, received: Mapping[str, Any]) -> Self:
        """From an answer of ReceiveMessage that names all attributes."""
        attributes = received.get("MessageAttributes", {})
        message = _message(attributes, received["Body"])
        sent = datetime.fromtimestamp(int(received["Attributes"]["SentTimestamp"]) / 1000, UTC)
        return cls(
            event_type=event_type,
            id=received["MessageId"],
            body=received["Body"],
            attributes=attributes,
            group=received["Attributes"].get("MessageGroupId"),
            since=timestamp(sent),
            message=message,
        )

    @property
    def key(self) -> EventKey | None:
        """The event's key."""
        return self.message.key if self.message else None

    @property
    def run(self) -> str:
        """What tells the run of a handler that it stands for from all others; if it is no event's, all that it says."""
        return self.message.run_key if self.message else f"{self.body} {self.original_attributes}"

    @property
    def reason(self) -> str:
        """Why it was given up."""
        return self._text("Reason") or NO_REASON

    @property
    def failures(self) -> int | None:
        """How often its handler had failed; None where SQS gave it up."""
        number = self._text("Failures")
        return int(number) if number.isdecimal() else None

    @property
    def original_attributes(self) -> dict[str, Any]:
        """The attributes that it had on its queue, as SQS takes them."""
        return {name: value for name, value in self.attributes.items() if name not in _ADDED}

    @property
    def size(self) -> int:
        """About what it takes of a batch, in bytes."""
        return len(self.body.encode()) + sum(
            len(name) + len(str(value.get("StringValue", value.get("BinaryValue", ""))))
            for name, value in self.attributes.items()
        )

    def _text(self, name: str) -> str:
        return str(self.attributes.get(name, {}).get("StringValue", ""))


@dataclass(frozen=True, slots=True)
class Choice:
    """Which dead letters are meant; what is left empty chooses nothing.

    `ids` are the events' message ids, or SQS's own; `error` is a part of the reason, in any case; `event_type` is what
    the event says, whatever its queue; `limit` is how many are meant at most.
    """

    ids: frozenset[str] = frozenset()
    error: str = ""
    event_type: str = ""
    limit: int = 0

    def __contains__(self, letter: Letter) -> bool:
        """Whether a letter is meant."""
        key = letter.key
        return (
            (not self.ids or letter.id in self.ids or (key is not None and key.message_id in self.ids))
            and self.error.casefold() in letter.reason.casefold()
            and (not self.event_type or (key is not None and key.event_type == self.event_type))
        )


def in_batches(letters: Iterable[Letter]) -> Iterator[list[Letter]]:
    """Letters in batches that SQS takes."""
    batch: list[Letter] = []
    size = 0
    for letter in letters:
        if batch and (len(batch) == _LARGEST_BATCH or size + letter.size > _BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(letter)
        size += letter.size
    if batch:
        yield batch


def _message(attributes: Mapping[str, Mapping[str, Any]], body: str) -> AcceptedEvent | None:
    # What Lambda hands to a handler is spelt otherwise than what SQS itself answers.
    told = {name: {"stringValue": told["StringValue"]} for name, told in attributes.items() if "StringValue" in told}
    try:
        return event_from_record({"messageAttributes": told, "body": body})
    except MalformedMessage:
        return None
