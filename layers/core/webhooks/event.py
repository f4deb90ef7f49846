"""Parse a delivery into the event it carries."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from hashlib import sha256

from webhooks.dates import normalised
from webhooks.delivery import Delivery
from webhooks.errors import MalformedDelivery
from webhooks.strict_json import strict_object

CUSTOM = "CustomEvent"
"""The queue and handler of every event type without its own."""

SUBSCRIPTIONS = {
    "0": "EnrollmentEvent",
    "1": "OrderEvent",
    "2": "CreateAssociateEvent",
    "3": "UpdateAssociateEvent",
    "4": "CreateSubscriptionEvent",
    "5": "UpdateSubscriptionEvent",
}
"""The vendor's numeric subscription ids. All other types go by their name."""

NO_CLIENT = "-"
"""The client id of a delivery that names none, such as the vendor's documented curl."""

AGAIN = "again"
"""A replay whose name ends like this runs the handler again; any other is a duplicate to `once`."""

_IDENTIFIER = re.compile(r"[!-~]{1,128}")
_LONGEST_NAME = 128


@dataclass(frozen=True, slots=True)
class EventKey:
    """What makes two deliveries the same event. Neither id contains a space, so the text form is unambiguous."""

    message_id: str
    client_id: str
    event_type: str

    def __str__(self) -> str:
        return f"{self.message_id} {self.client_id} {self.event_type}"


@dataclass(frozen=True, slots=True)
class AcceptedEvent:
    """An event from its acceptance to its handler: an inbox item, and a message on its queue.

    `body` is strict JSON; it is empty while the body is in S3 under `body_reference`.
    `event_date` is the normalised EventDateUtc, empty if there is none.
    `queue` is the type whose queue takes it; a message does not carry it.
    `replay` names the replay that sent a message again; empty otherwise.
    """

    key: EventKey
    user: str
    event_date: str
    received_at: str
    body: str
    body_reference: str = ""
    queue: str = field(default="", compare=False)
    replay: str = ""

    @property
    def run_key(self) -> str:
        """Identifies one run of the handler: the event's key, and the replay's name if it is to run again."""
        return f"{self.key} {self.replay}" if self.replay.endswith(AGAIN) else str(self.key)


def queue_for(event_type: str, types: Collection[str]) -> str:
    """The type whose queue takes an event: its own if it is one of `types`, else CustomEvent."""
    return event_type if event_type in types else CUSTOM


def parse_event(delivery: Delivery, types: Collection[str], received_at: str) -> AcceptedEvent:
    """The event of a delivery; `types` are those that have a queue.

    Raises `MalformedDelivery` or `TooLarge`.
    """
    content = delivery.content()
    text, fields = strict_object(content)
    ids = stated_ids(delivery)
    event_type = _event_type(fields.get("EventType"), delivery.path_type.strip())
    return AcceptedEvent(
        key=EventKey(ids["message_id"] or _digest(content), ids["client_id"], event_type),
        user=_identifier(delivery.header("X-Directscale-User")),
        event_date=normalised(fields.get("EventDateUtc")) or "",
        received_at=received_at,
        body=text,
        queue=queue_for(event_type, types),
    )


def stated_ids(delivery: Delivery) -> dict[str, str]:
    """The ids in the headers, which are known even if the body is malformed."""
    return {
        "message_id": _identifier(delivery.header("X-Directscale-Message-Id")),
        "client_id": _identifier(delivery.header("X-Directscale-Client-Id")) or NO_CLIENT,
    }


def _event_type(stated: object, from_path: str) -> str:
    # strict_object leaves integers as text, so 3 and "3" are the same here.
    name = stated.strip() if isinstance(stated, str) else ""
    if name.isdecimal():
        name = SUBSCRIPTIONS.get(name) or SUBSCRIPTIONS.get(from_path, from_path) or name
    name = name or SUBSCRIPTIONS.get(from_path, from_path)
    if not name:
        raise MalformedDelivery("no event type, neither as EventType in the body nor in the path")
    if len(name) > _LONGEST_NAME or not name.isprintable():
        raise MalformedDelivery(f"the event type is not a name of 1 to {_LONGEST_NAME} printable characters")
    return name


def _identifier(value: str) -> str:
    """The header's value, or its digest if the value does not fit a key or a message attribute."""
    return value if not value or _IDENTIFIER.fullmatch(value) else _digest(value.encode("utf-8", "surrogatepass"))


def _digest(content: bytes) -> str:
    return f"sha256:{sha256(content).hexdigest()}"
