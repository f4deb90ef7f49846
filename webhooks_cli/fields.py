"""Fields set by hand, as `OrderStatus=Paid`, and bodies written as the vendor writes them."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import NoReturn

import typer
from pydantic import ValidationError

from webhooks.errors import MalformedDelivery
from webhooks.event import AcceptedEvent, EventKey
from webhooks.events.custom import CustomEvent
from webhooks.strict_json import strict_object
from webhooks_cli.bodies import kinds, model_of
from webhooks_cli.times import moment

_BASE_KINDS: dict[str, type] = {"EventDateUtc": datetime, "EventCategory": str}


@dataclass(frozen=True, slots=True)
class Json:
    """A value that is written to the letter: 20.10 does not become 20.1."""

    text: str


@dataclass(frozen=True, slots=True)
class Setting:
    """A field and the value for it, as given."""

    name: str
    text: str

    @classmethod
    def read(cls, given: str) -> "Setting":
        """From `Field=value`. Raises `typer.BadParameter`."""
        name, equals, text = given.partition("=")
        if not name or not equals:
            raise typer.BadParameter(f"{given!r} is not of the form Field=value")
        return cls(name, text)

    def value(self, event_type: str) -> object:
        """The value as the model of the event type has it; what does not fit is text, to see what becomes of it.

        `null` is null. Text is taken as it is, a date may be a duration before now, like `2h`, all else is JSON.
        """
        kind = {**kinds(model_of(event_type)), **_BASE_KINDS}.get(self.name)
        if self.text == "null":
            return None
        if kind is str:
            return self.text
        return _date(self.text) if kind is datetime else _json(self.text)

    def doubt(self, event_type: str) -> str:
        """What may be wrong with the name, empty if nothing is."""
        model = model_of(event_type)
        known = {**kinds(model), **_BASE_KINDS, "EventType": object}
        if model is CustomEvent or self.name in known:
            return ""
        meant = get_close_matches(self.name, known, 1)
        hint = f" (did you mean {meant[0]}?)" if meant else ""
        return f"{event_type} has no field {self.name}{hint}; sent all the same"


def with_settings(fields: Mapping[str, object], settings: Iterable[Setting], event_type: str) -> dict[str, object]:
    """The fields, and those set by hand in their places."""
    return {**fields, **{each.name: each.value(event_type) for each in settings}}


def encoded(fields: Mapping[str, object], *, comma: bool) -> bytes:
    """A flat body as the vendor's samples are laid out; with `comma`, one follows the last field as in each of them."""
    lines = (f"   {_text(name)}:{_text(value)}" for name, value in fields.items())
    return f"{{\n{',\n'.join(lines)}{',' if comma and fields else ''}\n}}".encode()


def decoded(content: bytes) -> dict[str, object]:
    """The fields of a body. Raises `typer.BadParameter` for one that is no JSON object."""
    try:
        text, _ = strict_object(content)
    except MalformedDelivery as why:
        raise typer.BadParameter(f"fields cannot be set: {why}") from None
    fields: dict[str, object] = json.loads(text)
    return fields


def misfits(event_type: str, content: bytes) -> list[str]:
    """Why a body does not fit the model of its type: a handler gives it up then. Empty where it fits, or is no JSON."""
    try:
        text, _ = strict_object(content)
        model_of(event_type).from_accepted(AcceptedEvent(EventKey("-", "-", event_type), "", "", "", text))
    except MalformedDelivery:
        return []
    except ValidationError as error:
        return [f"{problem['loc'][0]}: {problem['msg']}" for problem in error.errors(include_input=False)]
    return []


def _text(value: object) -> str:
    return value.text if isinstance(value, Json) else json.dumps(value, ensure_ascii=False)


def _json(text: str) -> Json | str:
    try:
        json.loads(text, parse_constant=_refuse)
    except ValueError:
        return text
    return Json(text)


def _refuse(name: str) -> NoReturn:
    raise ValueError(name)


def _date(text: str) -> str:
    return moment(text) if _is_date(text) and "-" not in text else text


def _is_date(text: str) -> bool:
    try:
        moment(text)
    except typer.BadParameter:
        return False
    return True
