"""What `webhooks send` delivers: events of one type, of several in turn, or the story of an order."""

import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote, urlsplit

import typer

from webhooks.event import CUSTOM, SUBSCRIPTIONS
from webhooks_cli.bodies import body, common
from webhooks_cli.endpoint import Request
from webhooks_cli.fields import Setting, decoded, encoded, misfits, with_settings
from webhooks_cli.stack import Stack

STORY = (
    "CreateAssociateEvent",
    "CreateOrderEvent",
    "CreateOrderPaymentEvent",
    "FinalizeOrderEvent",
    "SubmitOrderPackageEvent",
    "UpdateOrderPackageStatusEvent",
)
"""What DirectScale sends of an order, from the enrollment of who places it to its shipping."""


@dataclass(frozen=True, slots=True)
class Delivery(Request):
    """A request, and which event it is of; without a message id the endpoint makes one of the body."""

    event_type: str = ""
    message_id: str = ""


@dataclass(frozen=True, slots=True)
class Wish:
    """What to send, and how.

    One round after the other is made of `types`, `count` events in all, each round about things of its own.
    `content` is a body given instead of those made here. `message_id` is None for new ones, empty for none; of several
    events each gets its number after it. `exact` is for a `url` to which no event type is added. `rate` in events per
    second says how far apart they happen.
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


def types_of(asked: list[str], content: bytes | None) -> tuple[str, ...]:
    """The types of a round, by name: those asked for, or else that of the given body, or else those of the story."""
    if not asked:
        return STORY if content is None else (_type_in(content),)
    return tuple(SUBSCRIPTIONS.get(name, name) for name in asked)


def deliveries(wish: Wish, dice: random.Random, now: datetime) -> Iterator[Delivery]:
    """All of them, in the order in which the events happen: a second apart within a round, the last one about now."""
    shared: dict[str, object] = {}
    for number in range(wish.count):
        step = number % len(wish.types)
        due = timedelta(seconds=number / wish.rate) if wish.rate else timedelta()
        happened = now + due - timedelta(seconds=len(wish.types) - step)
        if step == 0:
            shared = common(happened, dice)
        content = _content(wish, wish.types[step], shared, happened, dice)
        # Only when somebody is logged in does the vendor tell a user.
        user = str(shared["Username"]) if dice.random() < 1 / 2 else ""
        yield _delivery(wish, wish.types[step], content, _message_id(wish, number), user)


def doubts(wish: Wish, planned: list[Delivery], stack: Stack | None) -> Iterator[str]:
    """What may not be meant: a type that the stack has no queue for, a field that the model does not know or take."""
    for event_type in dict.fromkeys(wish.types):
        if stack and event_type and event_type not in stack.event_types:
            yield f"{event_type} has no queue of its own in {stack.name}: it goes to {CUSTOM}"
        yield from filter(None, (each.doubt(event_type) for each in wish.settings))
    if wish.settings:
        for event_type, content in {each.event_type: each.body for each in planned}.items():
            yield from (f"{event_type}: {why}: its handler will give it up" for why in misfits(event_type, content))


def _content(wish: Wish, event_type: str, shared: dict[str, object], happened: datetime, dice: random.Random) -> bytes:
    if wish.content is None:
        fields = body(event_type, shared, happened, dice)
    elif wish.settings:
        fields = decoded(wish.content)
    else:
        return wish.content
    return encoded(with_settings(fields, wish.settings, event_type), comma=wish.comma)


def _delivery(wish: Wish, event_type: str, content: bytes, message_id: str, user: str) -> Delivery:
    headers = {
        "Content-Type": "application/json; charset=UTF-8",
        "Authorization": f"Bearer {wish.token}",
        "X-Directscale-Client-Id": wish.client,
        "X-Directscale-Message-Id": message_id,
        "X-Directscale-User": user,
    }
    where = urlsplit(wish.url)
    path = f"{where.path or '/'}?{where.query}" if where.query else where.path or "/"
    # A name that a path cannot hold as it is stands in the body only.
    if event_type and quote(event_type, safe="") == event_type and not wish.exact:
        path = f"{path}/{event_type}"
    return Delivery({name: value for name, value in headers.items() if value}, content, path, event_type, message_id)


def _message_id(wish: Wish, number: int) -> str:
    if wish.message_id is None:
        return str(uuid.uuid4())
    return f"{wish.message_id}-{number + 1}" if wish.message_id and wish.count > 1 else wish.message_id


def _type_in(content: bytes) -> str:
    try:
        stated = str(decoded(content).get("EventType") or "")
    except typer.BadParameter:
        return ""
    return SUBSCRIPTIONS.get(stated, stated)
