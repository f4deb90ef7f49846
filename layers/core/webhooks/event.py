"""From a delivery to the event in it."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from hashlib import sha256

from webhooks.dates import normalised
from webhooks.delivery import Delivery
from webhooks.errors import NotUnderstood
from webhooks.strict_json import strict_object

CUSTOM = "CustomEvent"
"""The queue and handler of every event type that has none of its own."""

SUBSCRIPTIONS = {
    "0": "EnrollmentEvent",
    "1": "OrderEvent",
    "2": "CreateAssociateEvent",
    "3": "UpdateAssociateEvent",
    "4": "CreateSubscriptionEvent",
    "5": "UpdateSubscriptionEvent",
}
"""The vendor's subscription ids that may stand where a type's name is expected. All others are their own names."""

NO_CLIENT = "-"
"""Stands for the client id where the delivery names none, as in the vendor's own curl."""

_IDENTIFIER = re.compile(r"[!-~]{1,128}")
_MAX_NAME = 128


@dataclass(frozen=True, slots=True)
class EventKey:
    """What makes two deliveries the same event. Neither id holds a space, so the text form is unambiguous."""

    message_id: str
    client_id: str
    event_type: str

    def __str__(self) -> str:
        return f"{self.message_id} {self.client_id} {self.event_type}"


@dataclass(frozen=True, slots=True)
class Event:
    """An event as it is accepted.

    `body` is strict JSON, or empty where it is stored aside under `body_reference`;
    `queue` is the type whose queue takes it; `event_date` is the normalised EventDateUtc, empty where there is none.
    """

    key: EventKey
    queue: str
    user: str
    event_date: str
    received_at: str
    body: str
    body_reference: str = ""


def understand(delivery: Delivery, queues: Collection[str], received_at: str) -> Event:
    """The event in a delivery; `queues` are the types that have a queue of their own.

    Raises `NotUnderstood` or `TooLarge`.
    """
    content = delivery.content()
    text, fields = strict_object(content)
    stated = stated_ids(delivery)
    event_type = _event_type(fields.get("EventType"), delivery.path_type.strip())
    return Event(
        key=EventKey(
            message_id=stated["message_id"] or _digest(content),
            client_id=stated["client_id"],
            event_type=event_type,
        ),
        queue=event_type if event_type in queues else CUSTOM,
        user=_identifier(delivery.header("X-Directscale-User")),
        event_date=normalised(fields.get("EventDateUtc")) or "",
        received_at=received_at,
        body=text,
    )


def stated_ids(delivery: Delivery) -> dict[str, str]:
    """What a delivery says of itself without being understood."""
    return {
        "message_id": _identifier(delivery.header("X-Directscale-Message-Id")),
        "client_id": _identifier(delivery.header("X-Directscale-Client-Id")) or NO_CLIENT,
    }


def _event_type(stated: object, from_path: str) -> str:
    # An integer in the body arrives here as text, so that 3 and "3" are one.
    name = stated.strip() if isinstance(stated, str) else ""
    if name.isdecimal():
        name = SUBSCRIPTIONS.get(name) or SUBSCRIPTIONS.get(from_path, from_path) or name
    name = name or SUBSCRIPTIONS.get(from_path, from_path)
    if not name:
        raise NotUnderstood("no event type, neither as EventType in the body nor in the path")
    if len(name) > _MAX_NAME or not name.isprintable():
        raise NotUnderstood(f"the event type is not a name of 1 to {_MAX_NAME} printable characters")
    return name


def _identifier(value: str) -> str:
    """The header's value, or its digest where it could not stand in a key or a message attribute."""
    return value if not value or _IDENTIFIER.fullmatch(value) else _digest(value.encode("utf-8", "surrogatepass"))


def _digest(content: bytes) -> str:
    return f"sha256:{sha256(content).hexdigest()}"
