"""An event on its queue: the body is the event's JSON, the attributes are what the headers told."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from webhooks.event import Event, EventKey


@dataclass(frozen=True, slots=True)
class Message:
    """What a handler is told of an event beside its body.

    Dates are text in the form of `webhooks.dates.normalised`; `event_date` is empty where the event has none.
    """

    key: EventKey
    user: str
    event_date: str
    received_at: str
    body: str

    @classmethod
    def of(cls, event: Event) -> Self:
        """The message that carries an event."""
        return cls(event.key, event.user, event.event_date, event.received_at, event.body)

    def attributes(self) -> dict[str, str]:
        """The SQS message attributes; SQS takes no empty ones."""
        named = {
            "MessageId": self.key.message_id,
            "ClientId": self.key.client_id,
            "EventType": self.key.event_type,
            "InboxKey": str(self.key),
            "User": self.user,
            "EventDate": self.event_date,
            "ReceivedAt": self.received_at,
        }
        return {name: value for name, value in named.items() if value}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """From one record of the batch that Lambda hands to a handler. Raises `KeyError` if it is none of ours."""
        told = {name: attribute["stringValue"] for name, attribute in record["messageAttributes"].items()}
        return cls(
            key=EventKey(told["MessageId"], told["ClientId"], told["EventType"]),
            user=told.get("User", ""),
            event_date=told.get("EventDate", ""),
            received_at=told["ReceivedAt"],
            body=record["body"],
        )
