"""An event on its queue: the body is the event's JSON, the attributes are what the headers told."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from webhooks.event import Event, EventKey
from webhooks.retries import DeadLetter

AGAIN = "again"
"""A replay whose name ends so is a new run for `once`; of any other it has seen the event before."""

_NEEDED = {"MessageId", "ClientId", "EventType", "ReceivedAt"}


class NotAMessage(DeadLetter):
    """Something on the queue that neither ingest nor relay has put there."""


def sent_attributes(record: Mapping[str, Any]) -> dict[str, str]:
    """The text attributes of one record of the batch that Lambda hands to a handler."""
    return {
        name: attribute["stringValue"]
        for name, attribute in record["messageAttributes"].items()
        if "stringValue" in attribute
    }


@dataclass(frozen=True, slots=True)
class Message:
    """What a handler is told of an event beside its body.

    Dates are text in the form of `webhooks.dates.normalised`; `event_date` is empty where the event has none.
    Where the body is stored aside, `body_reference` says under what, and `body` is empty until it is fetched.
    `replay` is empty but for a message that an operator has sent again: then it tells of which replay it is.
    """

    key: EventKey
    user: str
    event_date: str
    received_at: str
    body: str
    body_reference: str = ""
    replay: str = ""

    @classmethod
    def of(cls, event: Event, replay: str = "") -> Self:
        """The message that carries an event."""
        return cls(event.key, event.user, event.event_date, event.received_at, event.body, event.body_reference, replay)

    @property
    def run_key(self) -> str:
        """What tells one run of the event's handler from another: the event's key, and the replay if it says so."""
        return f"{self.key} {self.replay}" if self.replay.endswith(AGAIN) else str(self.key)

    def text(self) -> str:
        """The text of the SQS message; SQS takes no empty one."""
        return self.body or "{}"

    def attributes(self) -> dict[str, str]:
        """The SQS message attributes; SQS takes no empty ones."""
        named = {
            "MessageId": self.key.message_id,
            "ClientId": self.key.client_id,
            "EventType": self.key.event_type,
            "User": self.user,
            "EventDate": self.event_date,
            "ReceivedAt": self.received_at,
            "BodyReference": self.body_reference,
            "Replay": self.replay,
        }
        return {name: value for name, value in named.items() if value}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """From one record of the batch that Lambda hands to a handler. Raises `NotAMessage`."""
        told = sent_attributes(record)
        missing = _NEEDED - told.keys()
        if missing:
            raise NotAMessage(f"not a message of ingest or relay: it lacks {', '.join(sorted(missing))}")
        return cls(
            key=EventKey(told["MessageId"], told["ClientId"], told["EventType"]),
            user=told.get("User", ""),
            event_date=told.get("EventDate", ""),
            received_at=told["ReceivedAt"],
            body="" if "BodyReference" in told else record["body"],
            body_reference=told.get("BodyReference", ""),
            replay=told.get("Replay", ""),
        )
