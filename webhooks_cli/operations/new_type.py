"""A new event type of the client's own: the code and the sample that `webhooks new` writes."""

import builtins
import json
import keyword
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pydantic.alias_generators import to_pascal, to_snake

from webhooks import handlers
from webhooks.event import AcceptedEvent, EventKey
from webhooks.events.base import Event
from webhooks_cli.operations.checkout import Checkout
from webhooks_cli.operations.errors import InvalidInput, OperationFailed
from webhooks_cli.operations.event_types import vendor_models
from webhooks_cli.operations.samples import sample_body

_DATE = "2021-10-12T18:07:26.8794398Z"

_KINDS: dict[str, tuple[str, object]] = {
    "str": ("str", ""),
    "int": ("int", 1),
    "decimal": ("Money", 20.5),
    "bool": ("bool", True),
    "date": ("UtcDatetime", _DATE),
}
"""The kinds of fields: their annotation in the model, and a sample value. That of a text depends on its name."""

_LIST = "-list"
KINDS = (*_KINDS, *(f"{kind}{_LIST}" for kind in _KINDS if kind != "date"))
"""A record stores a date as text that sorts, but not in a list."""

_LONGEST_LINE = 120

_APP = '''"""{words}."""

{imports}


class {name}(Event):
    """{words}."""
{fields}

@handler({name})
def handle(event: {name}) -> None:
    """Record the event. Replace this with what you need."""
    save_record(event, {pk}, event.version)
'''

_VENDOR_APP = '''"""{words}"""

from webhooks.handlers import {name}, handler, save_record


@handler({name})
def handle(event: {name}) -> None:
    """Record the event. Replace this with what you need."""
    save_record(event)
'''

_TEST = """from webhooks.testing import run_handler


def test_the_sample_is_recorded() -> None:
    ((pk, _),) = run_handler(__file__).records
    assert pk == "{sample_pk}"
"""


@dataclass(frozen=True, slots=True)
class NewField:
    """A field: the sender's name for it, and one of `KINDS`."""

    name: str
    kind: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """From `Name:kind`. Raises `InvalidInput`."""
        name, colon, kind = text.partition(":")
        field = cls(name, kind)
        if not colon or not re.fullmatch("[A-Za-z][A-Za-z0-9_]*", name):
            raise InvalidInput(f"{text!r} is not a field like AssociateId:int")
        if kind not in KINDS:
            raise InvalidInput(f"{text!r}: the kinds of fields are {', '.join(KINDS)}")
        if field.python in Event.model_fields:
            raise InvalidInput(f"{text!r}: every event has it; leave it out")
        if field.is_reserved:
            raise InvalidInput(
                f"{text!r}: {field.python} has another meaning in Python or in every event; "
                f'leave the field out, it is in event.model_extra["{name}"] anyway'
            )
        return field

    @property
    def python(self) -> str:
        """Its name in the model."""
        return to_snake(self.name)

    @property
    def is_reserved(self) -> bool:
        """Whether Python, the linter, the model's annotations or every event have another use for the name."""
        return (
            keyword.iskeyword(self.python)
            or self.python in {"bool", "int", "l", "list", "str"}
            or self.python.startswith(("model_dump", "model_validate"))
            or hasattr(Event, self.python)
        )

    @property
    def is_id(self) -> bool:
        """Whether it looks like the id of what an event is about."""
        return self.name.endswith(("Id", "Number")) and self.kind in {"int", "str"}

    @property
    def sample(self) -> object:
        """A value as a sender might send it."""
        text = "1" if self.is_id else self.python.replace("_", " ")
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
    """The name, as in `EventType`, and the fields.

    The first field that looks like an id is required and part of the records' key; all others may be missing.
    """

    name: str
    fields: Sequence[NewField]

    @classmethod
    def parse(cls, name: str, fields: Sequence[str]) -> Self:
        """From the arguments of a command. Raises `InvalidInput`."""
        if not re.fullmatch("[A-Z][A-Za-z0-9]{1,39}", name):
            raise InvalidInput(
                f"{name!r} cannot name a class and a queue: use 2 to 40 letters and digits, starting with a capital. "
                "Events of any other name go to CustomEvent"
            )
        new = cls(name, [NewField.parse(field) for field in fields])
        if fields and name in vendor_models():
            raise InvalidInput(f"{name} is the vendor's: its fields are known, so leave --field out")
        taken = {"Field", *vars(builtins), *vars(handlers)} - vendor_models().keys()
        if keyword.iskeyword(name) or name in taken or name.endswith("Handler"):
            raise InvalidInput(f"{name!r} has another meaning here; its events go to CustomEvent")
        known: set[str] = set()
        for field in new.fields:
            if field.python in known:
                raise InvalidInput(f"{field.name!r}: there are two fields {field.python}")
            known.add(field.python)
        if max(len(line) for text in new.files().values() for line in text.splitlines()) > _LONGEST_LINE:
            raise InvalidInput("the names are too long for lines of 120 characters: choose a shorter type or field")
        return new

    @property
    def id(self) -> NewField | None:
        """The id of what its events are about, if a field looks like one."""
        return next((field for field in self.fields if field.is_id), None)

    def files(self) -> dict[str, str]:
        """The files of its folder. Formatter and linter have nothing to change in them."""
        if self.name in vendor_models():
            return self._vendor_files()
        lines = "\n".join(field.line(required=field is self.id) for field in self.fields)
        names = ["Event", *(name for name in ("Money", "UtcDatetime") if re.search(rf"\b{name}\b", lines))]
        imports = f"from webhooks.handlers import {', '.join(names)}, handler, save_record"
        app = _APP.format(
            name=self.name,
            words=self._subject.replace("_", " ").capitalize(),
            imports=f"from pydantic import Field\n\n{imports}" if "Field(" in lines else imports,
            fields=f"\n{lines}\n" if lines else "",
            pk=f'f"{self._subject.upper()}#{{event.{self.id.python}}}"' if self.id else f'"{self._subject.upper()}"',
        )
        sample_pk = f"{self._subject.upper()}#{self.id.sample}" if self.id else self._subject.upper()
        test = _TEST.format(sample_pk=sample_pk)
        return {"app.py": app, "test_app.py": test, "sample.json": json.dumps(self._sample(), indent=2) + "\n"}

    def create(self, checkout: Checkout) -> list[Path]:
        """Write its folder and list it: both or neither. Returns the files written. Raises `OperationFailed`."""
        self.check_free(checkout)
        return checkout.add_type(self.name, self.files())

    def check_free(self, checkout: Checkout) -> None:
        """Raise `OperationFailed` if the name is taken."""
        for taken in (*checkout.event_types(), *(each.name for each in checkout.handlers.iterdir())):
            if taken.casefold() == self.name.casefold():
                raise OperationFailed(f"{taken} exists already: its handler is functions/handlers/{taken}/app.py")
        self._check_resources((checkout.root / "template.yaml").read_text())

    def _check_resources(self, template: str) -> None:
        """Raise `OperationFailed` if a resource of the type would have the name of another one in the template."""
        per_type = re.findall(r"^ +\$\{EventType\}(\w+):$", template, re.MULTILINE)
        others = re.findall(r"^  (\w+):$", template, re.MULTILINE)
        if {self.name, *(self.name + suffix for suffix in per_type)} & set(others):
            raise OperationFailed(f"{self.name} names something else in template.yaml; its events go to CustomEvent")

    def _vendor_files(self) -> dict[str, str]:
        """The files of a type of the vendor's, whose model is the product's."""
        model, body = vendor_models()[self.name], sample_body(self.name)
        accepted = AcceptedEvent(EventKey("sample", "acme", self.name), "", _DATE, _DATE, body)
        pk, _ = model.from_accepted(accepted).record_key()
        words = (model.__doc__ or self.name).partition("\n")[0]
        return {
            "app.py": _VENDOR_APP.format(name=self.name, words=words),
            "test_app.py": _TEST.format(sample_pk=pk),
            "sample.json": json.dumps(json.loads(body), indent=2) + "\n",
        }

    def _sample(self) -> dict[str, object]:
        fields = {field.name: field.sample for field in self.fields}
        return fields | {"EventDateUtc": _DATE, "EventCategory": "OrderEvents", "EventType": self.name}

    @property
    def _subject(self) -> str:
        return to_snake(self.name.removesuffix("Event") or self.name)
