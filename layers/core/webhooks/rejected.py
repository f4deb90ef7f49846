"""Deliveries that became no event of their own: stored for an operator to inspect and repair."""

import json
from typing import Protocol

from webhooks.delivery import Delivery
from webhooks.errors import MalformedDelivery
from webhooks.event import AcceptedEvent, collision_id

_WITHHELD = {"authorization", "cookie"}


class RejectedStore(Protocol):
    """Stores such deliveries."""

    def store_rejected(self, name: str, content: str) -> None:
        """Store the document of a rejected delivery. Raises `Unavailable`."""

    def store_collision(self, name: str, content: str) -> None:
        """Store the document of a collision. Raises `Unavailable`."""


def document(delivery: Delivery, why: MalformedDelivery, received_at: str) -> str:
    """Everything delivered but the token, as it arrived, with the reason, as JSON."""
    return json.dumps(
        {
            "receivedAt": received_at,
            **why.body(),
            "pathEventType": delivery.path_type,
            "headers": {name: value for name, value in delivery.headers.items() if name not in _WITHHELD},
            "isBase64Encoded": delivery.is_base64,
            "body": delivery.body,
        }
    )


def collision_document(event: AcceptedEvent) -> str:
    """An event whose key is taken by an event with a different body, as JSON.

    `acceptedAs` is the message id under which an operator may accept it as an event of its own.
    """
    return json.dumps(
        {
            "receivedAt": event.received_at,
            "messageId": event.key.message_id,
            "clientId": event.key.client_id,
            "eventType": event.key.event_type,
            "acceptedAs": collision_id(event),
            "queue": event.queue,
            "user": event.user,
            "eventDate": event.event_date,
            "body": event.body,
            "bodyReference": event.body_reference,
        }
    )
