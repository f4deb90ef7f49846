"""The expected response to a delivery, derived from the request and the endpoint's table of responses."""

import base64
import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from tests.fuzz.reader import Number, Pairs, Unreadable, read
from tests.unit.endpoint import TOKEN
from webhooks.policy import BODY_LIMIT

SUBSCRIPTIONS = {
    "0": "EnrollmentEvent",
    "1": "OrderEvent",
    "2": "CreateAssociateEvent",
    "3": "UpdateAssociateEvent",
    "4": "CreateSubscriptionEvent",
    "5": "UpdateSubscriptionEvent",
}


@dataclass(frozen=True)
class Expected:
    """The status and, of an accepted event, everything that can be known."""

    status: int
    value: object = None
    event_type: str = ""
    message_id: str = ""


def expected(request: dict[str, Any]) -> Expected:
    """The expected response to a request."""
    headers = {name.lower(): value for name, value in request["headers"].items()}
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if (scheme.lower(), token) != ("bearer", TOKEN):
        return Expected(401)
    content = _content(request)
    if content is None:
        return Expected(400)
    if len(content) > BODY_LIMIT:
        return Expected(413)
    try:
        value = read(content.decode().removeprefix("\ufeff"))
    except (Unreadable, UnicodeDecodeError):
        return Expected(400)
    path = ((request.get("pathParameters") or {}).get("eventType") or "").strip()
    event_type = _event_type(value, path) if isinstance(value, Pairs) else ""
    if not 0 < len(event_type) <= 128 or not event_type.isprintable():
        return Expected(400)
    message_id = _identifier(headers.get("x-directscale-message-id", "")) or _digest(content)
    return Expected(200, value, event_type, message_id)


def _content(request: dict[str, Any]) -> bytes | None:
    body = request.get("body") or ""
    try:
        return base64.b64decode(body) if request["isBase64Encoded"] else body.encode()
    except ValueError:
        return None


def _event_type(pairs: Pairs, path: str) -> str:
    stated = dict(pairs).get("EventType")
    if isinstance(stated, Number):
        stated = stated.text if re.fullmatch("-?[0-9]+", stated.text) else ""
    name = stated.strip() if isinstance(stated, str) else ""
    if name and not name.isdecimal():
        return name
    return SUBSCRIPTIONS.get(name) or SUBSCRIPTIONS.get(path) or path or name


def _identifier(value: str) -> str:
    plain = not value or re.fullmatch("[!-~]{1,128}", value)
    return value if plain else _digest(value.encode("utf-8", "surrogatepass"))


def _digest(content: bytes) -> str:
    return f"sha256:{sha256(content).hexdigest()}"
