"""The base of all event models: Python names here, the vendor's PascalCase on the wire.

Only ids are required: the vendor says that any string may be null, and fields come and go.
Unknown fields are available in `model_extra`.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from types import NoneType
from typing import Annotated, Any, ClassVar, Self, get_args, get_origin

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    FailFast,
    Field,
    PrivateAttr,
)
from pydantic.alias_generators import to_pascal

from webhooks.dates import parse_date
from webhooks.event import AcceptedEvent

_LONGEST_NUMBER = 1000
"""Most digits of a number. A longer one stays text: Python refuses it, or takes minutes to build 1E99999999."""

_LONGEST_LIST = 10_000
_LONGEST_ID = 128
_RECORD_LIMIT = 200 * 1024
"""Largest body, in bytes, that a record stores; DynamoDB accepts items of 400 KB."""

_WHOLE = re.compile(r"-?\d{1,19}(?:\.0+)?", re.ASCII)
_AMOUNT = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d{1,3})?", re.ASCII)
_RESERVED = frozenset(("pk", "sk", "version", "event_type", "deleted", "Body", "BodyReference"))
"""Names of a record's own fields."""


def _id(value: object) -> object:
    """A whole number in any form: 1, "1", 1.0. No truth value, no `1_2`."""
    if isinstance(value, bool) or not (
        isinstance(value, int | Decimal) or (isinstance(value, str) and value.isascii())
    ):
        raise ValueError("not a whole number")
    if not _WHOLE.fullmatch(str(value)):
        raise ValueError("not a whole number")
    return int(str(value).partition(".")[0])


def _text_id(value: object) -> object:
    text = value if isinstance(value, str) else str(value) if isinstance(value, int | Decimal) else ""
    if isinstance(value, bool) or not text.strip() or len(text) > _LONGEST_ID or not text.isprintable():
        raise ValueError(f"not an id of 1 to {_LONGEST_ID} printable characters")
    return text


def _amount(value: object) -> object:
    if isinstance(value, bool) or (isinstance(value, str) and not _AMOUNT.fullmatch(value.strip())):
        raise ValueError("not an amount")
    return value


def _number_or_name(value: object) -> object:
    return int(value) if isinstance(value, str) and value.isascii() and value.isdecimal() else value


def _moment(value: object) -> object:
    if isinstance(value, datetime):
        return value
    date = parse_date(value)
    return datetime.fromisoformat(date) if date else None


Id = Annotated[int, BeforeValidator(_id), Field(ge=-(2**63), lt=2**63)]
"""An id: a whole number, sent as a number or as text."""

TextId = Annotated[str, BeforeValidator(_text_id)]
"""An id that is text, sent as text or as a number."""

OpenEnum = Annotated[int | str, BeforeValidator(_number_or_name)]
"""A status or type that may be a number or a name; new values appear."""

UtcDatetime = Annotated[datetime | None, BeforeValidator(_moment)]
"""A moment in UTC, None if it is not set. The vendor sends 0 to 7 fraction digits; the seventh is cut."""

Money = Annotated[Decimal, BeforeValidator(_amount), Field(max_digits=38, allow_inf_nan=False)]
"""An exact amount, never a float. DynamoDB stores 38 digits."""

Texts = Annotated[list[str | None], FailFast(), Field(max_length=_LONGEST_LIST)]
"""A list of texts; its validation stops at the first that is none."""

PERSONAL = "personal"
"""Marks personal data: `Annotated[str, PERSONAL]`. Operators see it only with `--reveal`."""


class Event(BaseModel):
    """The base fields, and the accepted event that they were read from."""

    model_config = ConfigDict(
        alias_generator=to_pascal,
        extra="allow",
        frozen=True,
        coerce_numbers_to_str=True,
        hide_input_in_errors=True,
        defer_build=True,
    )

    precedence: ClassVar[int] = 1
    """Orders events of the same moment: created 0, changed 1, deleted 2."""

    event_type: str | None = None
    event_date_utc: UtcDatetime | None = None
    event_category: str | None = None

    _accepted: AcceptedEvent = PrivateAttr()
    _sent: dict[str, Any] = PrivateAttr()

    @classmethod
    def from_accepted(cls, accepted: AcceptedEvent) -> Self:
        """The typed form of an accepted event, body included.

        Raises pydantic's `ValidationError`, which does not quote the body.
        """
        sent = json.loads(accepted.body, object_pairs_hook=_object, parse_float=_decimal, parse_int=_integer)
        if isinstance(sent, dict):
            sent = _Reading.of(cls).prepared(sent)
        event = cls.model_validate(sent)
        event._accepted, event._sent = accepted, sent  # noqa: SLF001 - its own
        return event

    @property
    def accepted(self) -> AcceptedEvent:
        """The event as it was accepted: its key, user, time of receipt and body."""
        return self._accepted

    @property
    def idempotency_key(self) -> str:
        """The same for every retry of this event: pass it to whatever the handler calls."""
        return self._accepted.run_key

    @property
    def occurred_at(self) -> str:
        """When it happened, as text that sorts: EventDateUtc to the digit, or else the time of receipt."""
        return self._accepted.event_date or self._accepted.received_at

    @property
    def version(self) -> str:
        """Text that sorts in the order in which events happened, whatever the order of arrival.

        Of one moment created comes before changed before deleted; then the later received is the newer.
        """
        return f"{self.occurred_at} {self.precedence} {self._accepted.received_at} {self._accepted.key}"

    def record_key(self) -> tuple[str, str]:
        """`pk` and `sk` of the record that the event updates. Raises `TypeError` unless the model defines it."""
        raise TypeError(f"{type(self).__name__} defines no record_key(): pass pk and sk to save_record")

    def fields(self) -> dict[str, Any]:
        """Everything sent, under the vendor's names: dates as text that sorts, numbers as int or Decimal.

        A sender's field with the name of a record's own is called `sent_...`.
        If the body is too large for an item, the known fields and the body's reference.
        """
        reference = self._reference
        unknown = set(self.model_extra or ()) if reference else None
        values = self.model_dump(by_alias=True, exclude_unset=True, exclude=unknown)
        # From the text where possible: a datetime has no room for the vendor's seventh digit.
        dates = {name: parse_date(self._sent[name]) for name, value in values.items() if isinstance(value, datetime)}
        named = {_free_name(name, values): value for name, value in (values | dates).items()}
        return named | ({"BodyReference": reference} if reference else {})

    @property
    def _reference(self) -> str:
        """The reference of a body that is too large for a record, empty for any other."""
        fits = len(self._accepted.body.encode()) <= _RECORD_LIMIT
        return "" if fits else self._accepted.body_reference


def _free_name(name: str, sent: Mapping[str, object]) -> str:
    """The name of a sender's field in a record: its own, unless that is the name of a record's own field."""
    if name not in _RESERVED:
        return name
    name = f"sent_{name}"
    while name in sent:
        name = f"sent_{name}"
    return name


@dataclass(frozen=True, slots=True)
class _Reading:
    """How a model reads what senders write, by the fields' names on the wire.

    `camel` maps camelCase, .NET's default, to the vendor's name. Blank text is None for the fields in `blank_is_none`,
    and a truth value is text for those in `text_only`: optional fields alone, since ids are strict.
    """

    camel: dict[str, str]
    blank_is_none: frozenset[str]
    text_only: frozenset[str]

    @classmethod
    @cache
    def of(cls, model: type[Event]) -> "_Reading":
        """The reading of a model."""
        kinds = {str(field.alias): _kinds(field.annotation) for field in model.model_fields.values()}
        optional = {alias: found for alias, found in kinds.items() if NoneType in found}
        return cls(
            camel={alias[0].lower() + alias[1:]: alias for alias in kinds},
            blank_is_none=frozenset(alias for alias, found in optional.items() if str not in found or int in found),
            text_only=frozenset(alias for alias, found in optional.items() if str in found and not {bool, int} & found),
        )

    def prepared(self, sent: dict[str, Any]) -> dict[str, Any]:
        """The fields with the vendor's names, and with None where the sender means nothing."""
        read = {}
        for sent_name, value in sent.items():
            alias = self.camel.get(sent_name, sent_name)
            name = sent_name if alias != sent_name and alias in sent else alias
            read[name] = self._value(name, value)
        return read

    def _value(self, name: str, value: Any) -> Any:
        if isinstance(value, str):
            return None if name in self.blank_is_none and not value.strip() else value
        if isinstance(value, bool):
            return str(value).lower() if name in self.text_only else value
        if isinstance(value, list) and len(value) > _LONGEST_LIST and name in self.camel.values():
            return f"a list of {len(value)} elements"  # one error, not one for each element
        return value


def _kinds(annotation: Any) -> set[type]:
    """The plain types in an annotation, `NoneType` included; of a list or dict not the types of its elements."""
    origin = get_origin(annotation)
    if origin in (list, dict):
        return {origin}
    parts = get_args(annotation)
    if not parts:
        return {annotation} if isinstance(annotation, type) else set()
    return set().union(*(_kinds(part) for part in (parts[:1] if origin is Annotated else parts)))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # A name with a lone surrogate is valid JSON, but pydantic refuses it.
    return {name.encode("utf-8", "backslashreplace").decode(): value for name, value in pairs}


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) < _LONGEST_NUMBER else digits


def _decimal(digits: str) -> Decimal | str:
    try:
        number = Decimal(digits)
    except InvalidOperation:
        return digits
    return number if len(digits) < _LONGEST_NUMBER and abs(number.adjusted()) < _LONGEST_NUMBER else digits
