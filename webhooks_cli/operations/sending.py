"""What `webhooks send` delivers: events of one type, of several in turn, or the story of an order."""

import random
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import get_close_matches
from urllib.parse import quote, urlsplit

from pydantic import ValidationError

from webhooks.errors import MalformedDelivery
from webhooks.event import CUSTOM, SUBSCRIPTIONS, AcceptedEvent, EventKey
from webhooks.events.vendor import CustomEvent
from webhooks.kinds import BASE_FIELDS, kinds
from webhooks.strict_json import strict_object
from webhooks_cli.operations.endpoint import Request
from webhooks_cli.operations.errors import InvalidInput
from webhooks_cli.operations.event_types import model_of
from webhooks_cli.operations.numbers import Literal, dumps, loads, read_body
from webhooks_cli.operations.samples import body, round_values
from webhooks_cli.operations.stack import Stack
from webhooks_cli.operations.times import parse_moment

STORY = (
    "CreateAssociateEvent",
    "CreateOrderEvent",
    "CreateOrderPaymentEvent",
    "FinalizeOrderEvent",
    "SubmitOrderPackageEvent",
    "UpdateOrderPackageStatusEvent",
)
"""The events of an order, from the creation of its associate to its shipping."""

_BASE_KINDS: dict[str, type] = {"EventDateUtc": datetime, "EventCategory": str}


@dataclass(frozen=True, slots=True)
class Delivery(Request):
    """A request and its event; without a message id the endpoint derives one from the body."""

    event_type: str = ""
    message_id: str = ""


@dataclass(frozen=True, slots=True)
class Setting:
    """A field and the text that the operator gave for it."""

    name: str
    text: str

    @classmethod
    def parse(cls, given: str) -> "Setting":
        """From `Field=value`. Raises `InvalidInput`."""
        name, equals, text = given.partition("=")
        if not name or not equals:
            raise InvalidInput(f"{given!r} is not of the form Field=value")
        return cls(name, text)

    def value(self, event_type: str) -> object:
        """The value in the type of the model's field; a value that does not fit is sent as text.

        `null` is null. A text is taken as it is, a date may be a duration before now such as `2h`, the rest is JSON.
        """
        kind = {**kinds(model_of(event_type)), **_BASE_KINDS}.get(self.name)
        if self.text == "null":
            return None
        if kind is str:
            return self.text
        return _date(self.text) if kind is datetime else _json(self.text)

    def warning(self, event_type: str) -> str:
        """What may be wrong with the name, or nothing."""
        model = model_of(event_type)
        known = {*kinds(model), *BASE_FIELDS}
        if model is CustomEvent or self.name in known:
            return ""
        similar = get_close_matches(self.name, known, 1)
        hint = f" (did you mean {similar[0]}?)" if similar else ""
        return f"{event_type} has no field {self.name}{hint}; sent anyway"


@dataclass(frozen=True, slots=True)
class SendPlan:
    """What to send, and how: `count` events of `types` in turn, each round about an associate and order of its own.

    `content` is a body to send instead of generated ones. `message_id` is None for new ids, empty for none; several
    events get -1, -2 and so on appended. `exact` is for a `url` to which no event type is added. `rate`, in events per
    second, sets the distance of their dates.
    """

    url: str
    token: str
    client: str
    types: tuple[str, ...]
    count: int
    settings: tuple[Setting, ...] = ()
    content: bytes | None = None
    message_id: str | None = None
    exact: bool = False
    comma: bool = True
    rate: float = 0.0

    def deliveries(self, rng: random.Random, now: datetime) -> Iterator[Delivery]:
        """All deliveries in the order in which the events happen: a second apart in a round, the last one about now."""
        shared: dict[str, object] = {}
        for number in range(self.count):
            step = number % len(self.types)
            due = timedelta(seconds=number / self.rate) if self.rate else timedelta()
            happened = now + due - timedelta(seconds=len(self.types) - step)
            if step == 0:
                shared = round_values(happened, rng)
            # The vendor names a user only if somebody is logged in.
            user = str(shared["Username"]) if rng.random() < 1 / 2 else ""
            content = self._content(self.types[step], shared, happened, rng)
            yield self._delivery(self.types[step], content, self._message_id(number), user)

    def warnings(self, planned: list[Delivery], stack: Stack | None) -> Iterator[str]:
        """Possible mistakes: a type without a queue in the stack, a field that the model does not have or accept."""
        for event_type in dict.fromkeys(self.types):
            if stack and event_type and event_type not in stack.event_types:
                yield f"{event_type} has no queue of its own in {stack.name}: it goes to {CUSTOM}"
            yield from filter(None, (each.warning(event_type) for each in self.settings))
        if self.settings:
            for event_type, content in {each.event_type: each.body for each in planned}.items():
                yield from (f"{event_type}: {why}: it will be a dead letter" for why in misfits(event_type, content))

    def _content(self, event_type: str, shared: Mapping[str, object], happened: datetime, rng: random.Random) -> bytes:
        if self.content is None:
            fields = body(event_type, shared, happened, rng)
        elif self.settings:
            fields = decoded(self.content)
        else:
            return self.content
        return encoded(fields | {each.name: each.value(event_type) for each in self.settings}, comma=self.comma)

    def _delivery(self, event_type: str, content: bytes, message_id: str, user: str) -> Delivery:
        headers = {
            "Content-Type": "application/json; charset=UTF-8",
            "Authorization": f"Bearer {self.token}",
            "X-Directscale-Client-Id": self.client,
            "X-Directscale-Message-Id": message_id,
            "X-Directscale-User": user,
        }
        parts = urlsplit(self.url)
        path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        # A name that would need quoting is in the body only.
        if event_type and quote(event_type, safe="") == event_type and not self.exact:
            path = f"{path}/{event_type}"
        sent_headers = {name: value for name, value in headers.items() if value}
        return Delivery(sent_headers, content, path, event_type, message_id)

    def _message_id(self, number: int) -> str:
        if self.message_id is None:
            return str(uuid.uuid4())
        return f"{self.message_id}-{number + 1}" if self.message_id and self.count > 1 else self.message_id


def types_of(requested: Iterable[str], content: bytes | None) -> tuple[str, ...]:
    """The types of a round by name: those requested, or else that of the given body, or else those of the story."""
    if names := tuple(SUBSCRIPTIONS.get(name, name) for name in requested):
        return names
    return STORY if content is None else (_type_in(content),)


def encoded(fields: Mapping[str, object], *, comma: bool) -> bytes:
    """A body laid out as the vendor's samples are; `comma` adds the trailing comma that each of them has."""
    lines = (f"   {dumps(name)}:{dumps(value)}" for name, value in fields.items())
    return f"{{\n{',\n'.join(lines)}{',' if comma and fields else ''}\n}}".encode()


def decoded(content: bytes) -> dict[str, object]:
    """The fields of a body. Raises `InvalidInput` if it is not a JSON object."""
    try:
        text, _ = strict_object(content)
    except MalformedDelivery as why:
        raise InvalidInput(f"fields cannot be set: {why}") from None
    return read_body(text)


def misfits(event_type: str, content: bytes) -> list[str]:
    """Why a body does not fit the model of its type. Empty if it fits, or is not JSON."""
    try:
        text, _ = strict_object(content)
        model_of(event_type).from_accepted(AcceptedEvent(EventKey("-", "-", event_type), "", "", "", text))
    except MalformedDelivery:
        return []
    except ValidationError as error:
        return [f"{problem['loc'][0]}: {problem['msg']}" for problem in error.errors(include_input=False)]
    return []


def _type_in(content: bytes) -> str:
    try:
        found = decoded(content).get("EventType") or ""
    except InvalidInput:
        return ""
    stated = found.text if isinstance(found, Literal) else str(found)
    return SUBSCRIPTIONS.get(stated, stated)


def _json(text: str) -> Literal | str:
    try:
        loads(text)
    except ValueError:
        return text
    return Literal(text)


def _date(text: str) -> str:
    try:
        moment = parse_moment(text)
    except InvalidInput:
        return text
    # A date is sent as it was written.
    return text if "-" in text else moment
