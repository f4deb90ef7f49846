"""Parse a delivery into the event it carries."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

from webhooks.dates import normalised, not_after_receipt
from webhooks.delivery import Delivery
from webhooks.errors import MalformedDelivery
from webhooks.strict_json import strict_object

if TYPE_CHECKING:
    from webhooks.routing import Routing

CUSTOM = "CustomEvent"
"""The handler of every event type without its own."""

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
_BODY_DIGEST, _ID_DIGEST, COLLISION = "sha256:", "id-sha256:", "collision:"
"""Prefixes of ids that are made here. A stated id never has one, so nobody can claim a foreseeable event."""

_PLACEHOLDERS = frozenset(
    {
        *("null", "none", "nil", "nan", "undefined", "unknown", "empty", "n/a", "na", "-", "string", "guid", "uuid"),
        *("id", "object", "object object", "true", "false", "message-id", "messageid"),
    }
)
"""What senders write for "no id", in lower case and without brackets and quotes."""

_LONGEST_NAME = 128
_LONGEST_USER = 256


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
    `replay` names the replay that sent a message again; empty otherwise.
    The rest a message does not carry: `queue` is the handler of its type, `others` are the further ones, and `pending`
    are those of them that it has not reached if it has reached the rest. Each handler has a queue of its name.
    """

    key: EventKey
    user: str
    event_date: str
    received_at: str
    body: str
    body_reference: str = ""
    queue: str = field(default="", compare=False)
    replay: str = ""
    others: tuple[str, ...] = field(default=(), compare=False)
    pending: tuple[str, ...] = field(default=(), compare=False)

    @property
    def handlers(self) -> tuple[str, ...]:
        """All handlers that take it."""
        return (self.queue, *self.others)

    @property
    def awaiting(self) -> tuple[str, ...]:
        """The handlers that it has not reached, if it is unpublished."""
        return self.pending or self.handlers

    @property
    def run_key(self) -> str:
        """Identifies one run of the handler: the event's key, and the replay's name if it is to run again.

        A key has no line break, so no replay's run can be taken for another event's.
        """
        return f"{self.key}\n{self.replay}" if self.replay.endswith(AGAIN) else str(self.key)


def parse_event(delivery: Delivery, routing: "Routing", received_at: str) -> AcceptedEvent:
    """The event of a delivery.

    Raises `MalformedDelivery`, `TooLarge` or `UnsupportedCoding`.
    """
    content = delivery.content()
    text, fields = strict_object(content)
    ids = stated_ids(delivery)
    event_type = _event_type(_field(fields, "EventType"), delivery.path_type.strip())
    return AcceptedEvent(
        key=EventKey(ids["message_id"] or _digest(_BODY_DIGEST, content), ids["client_id"], event_type),
        user=_user(delivery.header("X-Directscale-User")),
        event_date=not_after_receipt(normalised(_field(fields, "EventDateUtc")) or "", received_at),
        received_at=received_at,
        body=text,
        queue=routing.own(event_type),
        others=routing.others(event_type),
    )


def stated_ids(delivery: Delivery) -> dict[str, str]:
    """The ids in the headers, which are known even if the body is malformed; the message id is empty if there is none.

    Two identical bodies without an id are one event for as long as the inbox keeps the first.
    """
    return {
        "message_id": _identifier(delivery.header("X-Directscale-Message-Id")),
        "client_id": _identifier(delivery.header("X-Directscale-Client-Id")) or NO_CLIENT,
    }


def collision_id(event: AcceptedEvent) -> str:
    """The message id under which an operator may accept a collision as an event of its own."""
    return _digest(COLLISION, f"{event.key}\n{event.body}{event.body_reference}".encode())


def _field(fields: Mapping[str, object], name: str) -> object:
    """A field by the vendor's name, or by .NET's default, camelCase."""
    return fields.get(name, fields.get(name[0].lower() + name[1:]))


def _event_type(stated: object, from_path: str) -> str:
    # strict_object leaves integers as text, so 3 and "3" are the same here.
    name = stated.strip() if isinstance(stated, str) else ""
    from_path = SUBSCRIPTIONS.get(from_path, from_path)
    if name.isdecimal():
        # The meaning of a number is inferred; a path was entered by a person.
        name = from_path or SUBSCRIPTIONS.get(name, name)
    name = name or from_path
    if not name:
        raise MalformedDelivery("no event type, neither as EventType in the body nor in the path")
    if len(name) > _LONGEST_NAME or not name.isprintable():
        raise MalformedDelivery(f"the event type is not a name of 1 to {_LONGEST_NAME} printable characters")
    return name


def _identifier(value: str) -> str:
    """The id in a header; empty for a placeholder, a digest if it does not fit a key."""
    value = _once(value.strip())
    if _is_placeholder(value):
        return ""
    if _IDENTIFIER.fullmatch(value) and not value.startswith((_BODY_DIGEST, _ID_DIGEST, COLLISION)):
        return value
    return _digest(_ID_DIGEST, value.encode("utf-8", "surrogatepass"))


def _once(value: str) -> str:
    """API Gateway joins a header that was sent twice with a comma: the same value twice is that value."""
    parts = {part.strip() for part in value.split(",")}
    return parts.pop() if len(parts) == 1 else value


def _is_placeholder(value: str) -> bool:
    bare = value.strip("\"'{}()[]<> ").lower()
    digits = bare.replace("-", "")
    return not bare or bare in _PLACEHOLDERS or not digits.strip("0") or (len(digits) == 32 and not digits.strip("f"))  # noqa: PLR2004 - the hex digits of a GUID


def _user(value: str) -> str:
    """The user as sent, unless SQS would not take it."""
    value = "".join(char if char.isprintable() else " " for char in value).strip()
    return value if len(value) <= _LONGEST_USER else _digest(_ID_DIGEST, value.encode("utf-8", "surrogatepass"))


def _digest(prefix: str, content: bytes) -> str:
    return f"{prefix}{sha256(content).hexdigest()}"
