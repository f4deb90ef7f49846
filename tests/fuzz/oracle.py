"""The expected response to a delivery, derived from the request and the endpoint's table of responses."""

import base64
import re
import zlib
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from tests.fuzz.bodies import DATES
from tests.fuzz.reader import Number, Pairs, Unreadable, read
from tests.unit.endpoint import TOKEN
from webhooks.policy import BODY_LIMIT, TRANSIT_LIMIT

SUBSCRIPTIONS = {
    "0": "EnrollmentEvent",
    "1": "OrderEvent",
    "2": "CreateAssociateEvent",
    "3": "UpdateAssociateEvent",
    "4": "CreateSubscriptionEvent",
    "5": "UpdateSubscriptionEvent",
}


OWN = ("CreateOrderEvent", "UpdateAssociateEvent", "CustomEvent")
"""The types with a handler of their own."""

FURTHER = {"OrderMailing": "CreateOrderEvent", "Archive": "*"}
"""Further handlers, and the type that each takes."""

PLACEHOLDERS = {
    "-",
    "empty",
    "false",
    "guid",
    "id",
    "message-id",
    "messageid",
    "n/a",
    "na",
    "nan",
    "nil",
    "none",
    "null",
    "object",
    "object object",
    "string",
    "true",
    "undefined",
    "unknown",
    "uuid",
}


def handlers(event_type: str) -> set[str]:
    """The handlers that take a type."""
    own = event_type if event_type in OWN else "CustomEvent"
    return {own, *(name for name, taken in FURTHER.items() if taken in {event_type, "*"})}


@dataclass(frozen=True)
class Expected:
    """The status and, of an accepted event, everything that can be known."""

    status: int
    value: object = None
    event_type: str = ""
    message_id: str = ""
    client_id: str = ""
    event_date: str | None = None


def expected(request: dict[str, Any]) -> Expected:
    """The expected response to a request."""
    headers = {name.lower(): value for name, value in request["headers"].items()}
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if (scheme.lower(), token.lstrip(" ")) != ("bearer", TOKEN):
        return Expected(401)
    try:
        content = _decoded(_content(request, headers), headers.get("content-encoding", "").strip().lower())
        value = read(content.decode().removeprefix("\ufeff"))
    except _Refused as refused:
        return Expected(refused.status)
    except (Unreadable, UnicodeDecodeError):
        return Expected(400)
    path = (request.get("pathParameters") or {}).get("eventType") or ""
    event_type = _event_type(value, path.strip("/ ").split("/")[-1].strip()) if isinstance(value, Pairs) else ""
    if not isinstance(value, Pairs) or not 0 < len(event_type) <= 128 or not event_type.isprintable():
        return Expected(400)
    return Expected(
        200,
        value,
        event_type,
        message_id=_identifier(headers.get("x-directscale-message-id", "")) or _digest("sha256:", content),
        client_id=_identifier(headers.get("x-directscale-client-id", "")) or "-",
        event_date=_event_date(_field(value, "EventDateUtc", "eventDateUtc")),
    )


class _Refused(Exception):
    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def _content(request: dict[str, Any], headers: dict[str, str]) -> bytes:
    body = request.get("body") or ""
    if request["isBase64Encoded"]:
        try:
            return base64.b64decode(body)
        except ValueError:
            raise _Refused(400) from None
    content: bytes = body.encode("utf-8", "surrogatepass")
    length = headers.get("content-length", "")
    if "\ufffd" in body and re.fullmatch("[0-9]+", length) and length.lstrip("0") != str(len(content)):
        raise _Refused(400)
    escaped = sum(body.count(sign) for sign in '"\\\b\f\n\r\t')
    if len(content) + escaped + len('""') > TRANSIT_LIMIT:
        raise _Refused(413)
    return content


def _decoded(content: bytes, coding: str) -> bytes:
    windows = {"": [], "identity": [], "gzip": [47], "x-gzip": [47], "deflate": [47, -15]}.get(coding)
    if windows is None:
        raise _Refused(415)
    decoded = next((found for window in windows if (found := _inflated(content, window)) is not None), None)
    if windows and decoded is None:
        raise _Refused(400)
    decoded = content if decoded is None else decoded
    if len(decoded) > BODY_LIMIT:
        raise _Refused(413)
    return decoded


def _inflated(content: bytes, window: int) -> bytes | None:
    inflater = zlib.decompressobj(window)
    try:
        inflated = inflater.decompress(content)
    except zlib.error:
        return None
    return inflated if (inflater.eof and not inflater.unused_data) or len(inflated) > BODY_LIMIT else None


def _field(pairs: Pairs, name: str, camel: str) -> object:
    named = dict(pairs)
    return named[name] if name in named else named.get(camel)


def _event_date(stated: object) -> str | None:
    """The date that is due; None if the oracle does not know this form."""
    return next((due for date, due in DATES.items() if type(date) is type(stated) and date == stated), None)


def _event_type(pairs: Pairs, path: str) -> str:
    stated = _field(pairs, "EventType", "eventType")
    if isinstance(stated, Number):
        stated = stated.text if re.fullmatch("-?[0-9]+", stated.text) else ""
    name = stated.strip() if isinstance(stated, str) else ""
    if name and not name.isdecimal():
        return name
    return SUBSCRIPTIONS.get(path) or path or SUBSCRIPTIONS.get(name) or name


def _identifier(value: str) -> str:
    value = value.strip()
    first, *others = (part.strip() for part in value.split(","))
    if all(other == first for other in others):
        value = first
    bare = value.strip("{}()[]<>\"' ").lower()
    if bare in PLACEHOLDERS or re.fullmatch("[0-]*|f{8}-?(f{4}-?){3}f{12}", bare):
        return ""
    if re.fullmatch("[!-~]{1,128}", value) and not re.match("(id-)?sha256:|collision:", value):
        return value
    return _digest("id-sha256:", value.encode("utf-8", "surrogatepass"))


def _digest(prefix: str, content: bytes) -> str:
    return f"{prefix}{sha256(content).hexdigest()}"
