"""The base of all event models: Python names here, the vendor's PascalCase on the wire.

Only ids are required: the vendor says that any string may be null, and fields come and go.
Unknown fields are available in `model_extra`.
"""

import json
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PrivateAttr
from pydantic.alias_generators import to_pascal

from webhooks.dates import normalised, timestamp
from webhooks.event import AcceptedEvent

_LONGEST_NUMBER = 1000
"""Most digits of a number. A longer one stays text: Python refuses it, or takes minutes to build 1E99999999."""


def _in_utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        # Pydantic reports a ValueError as a validation error, and nothing else.
        raise ValueError("in UTC it is outside the calendar") from error


UtcDatetime = Annotated[datetime, AfterValidator(_in_utc)]
"""A moment in UTC. The vendor sends 0 to 7 fraction digits; the seventh is cut."""

_RECORD_LIMIT = 200 * 1024
"""Largest body, in bytes, that a record stores; DynamoDB accepts items of 400 KB."""

Money = Annotated[Decimal, Field(max_digits=38, allow_inf_nan=False)]
"""An exact amount, never a float. DynamoDB stores 38 digits."""

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
        """Text that sorts in the order in which events happened, whatever the order of arrival."""
        return f"{self.occurred_at} {self.precedence} {self._accepted.key}"

    def record_key(self) -> tuple[str, str]:
        """`pk` and `sk` of the record that the event updates. Raises `TypeError` unless the model defines it."""
        raise TypeError(f"{type(self).__name__} defines no record_key(): pass pk and sk to save_record")

    def fields(self) -> dict[str, Any]:
        """Everything sent, under the vendor's names: dates as text that sorts, numbers as int or Decimal.

        If the body is too large for an item, the known fields and the body's reference.
        """
        reference = self._reference
        unknown = set(self.model_extra or ()) if reference else None
        values = self.model_dump(by_alias=True, exclude_unset=True, exclude=unknown)
        # From the text where possible: a datetime has no room for the vendor's seventh digit.
        dates = {
            name: normalised(self._sent[name]) or timestamp(value)
            for name, value in values.items()
            if isinstance(value, datetime)
        }
        return values | dates | ({"BodyReference": reference} if reference else {})

    @property
    def _reference(self) -> str:
        """The reference of a body that is too large for a record, empty for any other."""
        fits = len(self._accepted.body.encode()) <= _RECORD_LIMIT
        return "" if fits else self._accepted.body_reference


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
