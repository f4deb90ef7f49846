"""An event type as `webhooks new` is told of it: its name and its fields, as the sender writes them."""

import builtins
import keyword
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import typer
from pydantic.alias_generators import to_pascal, to_snake

from webhooks.events import base

_KINDS: dict[str, tuple[str, object]] = {
    "str": ("str", ""),
    "int": ("int", 1),
    "decimal": ("Money", 20.5),
    "bool": ("bool", True),
    "date": ("UtcDatetime", "2021-10-12T18:07:26.8794398Z"),
}
"""What a field may be: how its model says so, and a value for the samples. That of a text depends on its name."""

_LIST = "-list"
KINDS = (*_KINDS, *(f"{kind}{_LIST}" for kind in _KINDS if kind != "date"))
"""A record keeps a date as text that sorts, but none in a list."""


@dataclass(frozen=True, slots=True)
class NewField:
    """One field: the sender's name of it, and one of `KINDS`."""

    name: str
    kind: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """From `Name:kind`. Raises `typer.BadParameter`."""
        name, colon, kind = text.partition(":")
        field = cls(name, kind)
        if not colon or not re.fullmatch("[A-Za-z][A-Za-z0-9_]*", name):
            raise typer.BadParameter(f"{text!r} is not a field like AssociateId:int")
        if kind not in KINDS:
            raise typer.BadParameter(f"{text!r}: the kinds of fields are {', '.join(KINDS)}")
        if field.python in base.Event.model_fields:
            raise typer.BadParameter(f"{text!r}: every event has it; leave it out")
        if field.means_something_else:
            raise typer.BadParameter(
                f"{text!r}: {field.python} is the name of something else in Python or of every event; "
                f'leave the field out, it is in event.model_extra["{name}"] all the same'
            )
        return field

    @property
    def python(self) -> str:
        """Its name in the model."""
        return to_snake(self.name)

    @property
    def means_something_else(self) -> bool:
        """Whether Python, the model's annotations or every event have another use for the name."""
        return (
            keyword.iskeyword(self.python)
            or self.python in {"bool", "int", "list", "str"}
            or self.python.startswith(("model_dump", "model_validate"))
            or hasattr(base.Event, self.python)
        )

    @property
    def may_be_the_id(self) -> bool:
        """Whether it looks like what an event is about."""
        return self.name.endswith(("Id", "Number")) and self.kind in {"int", "str"}

    @property
    def sample(self) -> object:
        """A value as a sender might give it."""
        text = "1" if self.may_be_the_id else self.python.replace("_", " ")
        value = _KINDS[self.kind.removesuffix(_LIST)][1] or text
        return [value] if self.kind.endswith(_LIST) else value

    def line(self, *, required: bool) -> str:
        """Its line in the model."""
        kind = _KINDS[self.kind.removesuffix(_LIST)][0]
        kind = f"list[{kind} | None]" if self.kind.endswith(_LIST) else kind
        alias = "" if to_pascal(self.python) == self.name else f'alias="{self.name}"'
        if required:
            return f"    {self.python}: {kind}" + (f" = Field({alias})" if alias else "")
        return f"    {self.python}: {kind} | None = " + (f"Field(default=None, {alias})" if alias else "None")


@dataclass(frozen=True, slots=True)
class NewType:
    """The name, as it stands in `EventType`, and the fields.

    The first of them that looks like an id is required, and its records stand under it; all others may be missing.
    """

    name: str
    fields: Sequence[NewField]

    @classmethod
    def parse(cls, name: str, fields: Sequence[str]) -> Self:
        """From a command's words. Raises `typer.BadParameter`."""
        if not re.fullmatch("[A-Z][A-Za-z0-9]{1,39}", name):
            raise typer.BadParameter(
                f"{name!r} cannot name a class and a queue: 2 to 40 letters and digits can, a capital first. "
                "Events of any other name go to CustomEvent"
            )
        new = cls(name, [NewField.parse(field) for field in fields])
        if keyword.iskeyword(new.module) or name in vars(builtins) | vars(base) or name.endswith("Handler"):
            raise typer.BadParameter(f"{name!r} is the name of something else here; its events go to CustomEvent")
        known: set[str] = set()
        for field in new.fields:
            if field.python in known:
                raise typer.BadParameter(f"{field.name!r}: there are two fields {field.python}")
            known.add(field.python)
        return new

    @property
    def module(self) -> str:
        """The module of its model, in webhooks.events."""
        return to_snake(self.name)

    @property
    def words(self) -> str:
        """The name as the beginning of a sentence."""
        return self._subject.replace("_", " ").capitalize()

    @property
    def id(self) -> NewField | None:
        """What its events are about, where a field tells."""
        return next((field for field in self.fields if field.may_be_the_id), None)

    @property
    def lines(self) -> str:
        """The fields in the model."""
        return "\n".join(field.line(required=field is self.id) for field in self.fields)

    @property
    def pk(self) -> str:
        """Under which key the handler keeps an event, as Python; the sample's is `kept_as`."""
        subject = self._subject.upper()
        return f'f"{subject}#{{event.{self.id.python}}}"' if self.id else f'"{subject}"'

    @property
    def kept_as(self) -> str:
        """The key under which the sample is kept."""
        subject = self._subject.upper()
        return f"{subject}#{self.id.sample}" if self.id else subject

    @property
    def _subject(self) -> str:
        return to_snake(self.name.removesuffix("Event") or self.name)
