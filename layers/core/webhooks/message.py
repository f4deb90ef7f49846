"""An accepted event as an SQS message: the body is the event's JSON, the attributes are the rest."""

from collections.abc import Mapping
from typing import Any

from webhooks.event import AcceptedEvent, EventKey
from webhooks.retries import DeadLetter

_REQUIRED = {"MessageId", "ClientId", "EventType", "ReceivedAt"}


class MalformedMessage(DeadLetter):
    """A message that was put on the queue by neither ingest nor the relay."""


def message_text(event: AcceptedEvent) -> str:
    """The text of the message; SQS accepts no empty one."""
    return event.body or "{}"


def message_attributes(event: AcceptedEvent) -> dict[str, str]:
    """The attributes of the message; SQS accepts no empty ones."""
    attributes = {
        "MessageId": event.key.message_id,
        "ClientId": event.key.client_id,
        "EventType": event.key.event_type,
        "User": event.user,
        "EventDate": event.event_date,
        "ReceivedAt": event.received_at,
        "BodyReference": event.body_reference,
        "Replay": event.replay,
    }
    return {name: value for name, value in attributes.items() if value}


def event_from_record(record: Mapping[str, Any]) -> AcceptedEvent:
    """The event in one record of the batch that Lambda passes to a handler. Raises `MalformedMessage`."""
    attributes = text_attributes(record)
    if missing := _REQUIRED - attributes.keys():
        raise MalformedMessage(f"not a message of ingest or relay: it lacks {', '.join(sorted(missing))}")
    return AcceptedEvent(
        key=EventKey(attributes["MessageId"], attributes["ClientId"], attributes["EventType"]),
        user=attributes.get("User", ""),
        event_date=attributes.get("EventDate", ""),
        received_at=attributes["ReceivedAt"],
        body="" if "BodyReference" in attributes else record["body"],
        body_reference=attributes.get("BodyReference", ""),
        replay=attributes.get("Replay", ""),
    )


def text_attributes(record: Mapping[str, Any]) -> dict[str, str]:
    """The text attributes of one record of the batch that Lambda passes to a handler."""
    return {
        name: attribute["stringValue"]
        for name, attribute in record["messageAttributes"].items()
        if "stringValue" in attribute
    }
