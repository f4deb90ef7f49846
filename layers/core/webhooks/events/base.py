"""What all events have in common: Python names here, the vendor's PascalCase on the wire.

Of any event only its ids are required: strings may be null by the vendor's word, fields come and go, and a handler
that refuses an order for want of its type helps nobody. Unknown fields are kept, in `model_extra`.
"""

import json
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PrivateAttr
from pydantic.alias_generators import to_pascal

from webhooks.dates import normalised, timestamp
from webhooks.message import Message

_LONGEST_NUMBER = 1000
"""Digits and decimal places of a number that is computed with. A longer one stays text: Python refuses it, or takes
minutes to make an integer of 1E99999999.
"""


def _in_utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        # Pydantic takes a ValueError as "does not fit", and nothing else.
        raise ValueError("in UTC it is outside the calendar") from error


UtcDatetime = Annotated[datetime, AfterValidator(_in_utc)]
"""A moment in UTC. The vendor sends 0 to 7 fraction digits; the seventh, 100 ns, is cut."""

_RECORD_LIMIT = 200 * 1024
"""Bytes of a body that is kept in a record; DynamoDB takes items of 400 KB."""

Money = Annotated[Decimal, Field(max_digits=38, allow_inf_nan=False)]
"""An amount to the digit, never a float: 38 digits are what DynamoDB keeps."""

PERSONAL = "personal"
"""Marks a field that tells of a person: `Annotated[str, PERSONAL]`. Operators see it only where they ask for it."""


class Event(BaseModel):
    """The base fields, and the message that brought the event."""

    model_config = ConfigDict(
        alias_generator=to_pascal,
        extra="allow",
        frozen=True,
        coerce_numbers_to_str=True,
        hide_input_in_errors=True,
        defer_build=True,
    )

    precedence: ClassVar[int] = 1
    """Of two events of the same moment the one with the higher number is the newer: created 0, deleted 2."""

    event_type: str | None = None
    event_date_utc: UtcDatetime | None = None
    event_category: str | None = None

    _message: Message = PrivateAttr()
    _sent: dict[str, Any] = PrivateAttr()

    @classmethod
    def from_message(cls, message: Message) -> Self:
        """The event in a message. Raises pydantic's `ValidationError`, which does not repeat what was sent."""
        sent = json.loads(message.body, object_pairs_hook=_object, parse_float=_decimal, parse_int=_integer)
        event = cls.model_validate(sent)
        event._message, event._sent = message, sent  # noqa: SLF001 - its own
        return event

    @property
    def message(self) -> Message:
        """Ids, user and time of receipt."""
        return self._message

    @property
    def idempotency_key(self) -> str:
        """The same whenever this event is run again, but for a replay that is to take effect again: pass it on."""
        return self._message.run_key

    @property
    def occurred_at(self) -> str:
        """When it happened, as text that sorts: EventDateUtc to the digit, or else the time of receipt."""
        return self._message.event_date or self._message.received_at

    @property
    def version(self) -> str:
        """Text that sorts as the events of one thing happened, whatever the order of arrival."""
        return f"{self.occurred_at} {self.precedence} {self._message.key}"

    def fields(self) -> dict[str, Any]:
        """All that was sent, under the vendor's names; dates as text that sorts, numbers as int or Decimal.

        Of an event whose body is too large for an item, the known fields and the reference of the body.
        """
        reference = self._reference
        unknown = set(self.model_extra or ()) if reference else None
        values = self.model_dump(by_alias=True, exclude_unset=True, exclude=unknown)
        # From the text where it can be: the datetime has no place for the vendor's seventh digit.
        dates = {
            name: normalised(self._sent[name]) or timestamp(value)
            for name, value in values.items()
            if isinstance(value, datetime)
        }
        return values | dates | ({"BodyReference": reference} if reference else {})

    @property
    def _reference(self) -> str:
        """What a record says in place of a body that is too large for it; empty for any other."""
        fits = len(self._message.body.encode()) <= _RECORD_LIMIT
        return "" if fits else self._message.body_reference


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # A name with a lone surrogate is JSON, but no text that can be encoded: pydantic refuses it.
    return {name.encode("utf-8", "backslashreplace").decode(): value for name, value in pairs}


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) < _LONGEST_NUMBER else digits


def _decimal(digits: str) -> Decimal | str:
    try:
        number = Decimal(digits)
    except InvalidOperation:
        return digits
    return number if len(digits) < _LONGEST_NUMBER and abs(number.adjusted()) < _LONGEST_NUMBER else digits
