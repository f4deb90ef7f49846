"""What may be shown of events and records without being asked for: nothing that tells of a person."""

import json
import math
from collections.abc import Mapping
from functools import cache
from typing import Any

from tools.schemas import models
from webhooks.event import CUSTOM
from webhooks.events.base import PERSONAL

MASK = "***"

_ABOUT_THE_MODEL = "DeadLetter: does not fit its model: "
"""What the product itself says of a body that it cannot read. It names fields and repeats no value."""

_LONGEST_NUMBER = 1000


def masked(fields: Mapping[str, Any], event_type: str) -> dict[str, Any]:
    """The fields of an event, or of the record that it left, with `***` for what may tell of a person.

    Fields that the event's model declares are shown, unless it marks them as personal. Of all others, and of what is
    nested, numbers are shown and texts are not.
    """
    personal = _personal(event_type)
    return {name: _shown(value, personal.get(name)) for name, value in fields.items()}


def masked_error(text: str) -> str:
    """A noted error, whose text may quote the event: its kind, and `***` for the rest."""
    kind, colon, _ = text.partition(": ")
    return text if text.startswith(_ABOUT_THE_MODEL) or not colon else f"{kind}: {MASK}"


def masked_user(user: str) -> str:
    """The user that a delivery named."""
    return user and MASK


def read_body(body: str) -> dict[str, Any]:
    """An event's body, to be shown: a number that is too long for one is text."""
    read: dict[str, Any] = json.loads(body, parse_int=_integer, parse_float=_float)
    return read


@cache
def _personal(event_type: str) -> dict[str | None, bool]:
    """The fields that a type's model declares, and whether they are personal."""
    known = models()
    declared = (known.get(event_type) or known[CUSTOM]).model_fields.values()
    return {field.alias: PERSONAL in field.metadata for field in declared}


def _shown(value: Any, personal: bool | None) -> Any:  # noqa: FBT001 - None is a field that no model declares
    if isinstance(value, dict):
        return {name: _shown(inner, personal or None) for name, inner in value.items()}
    if isinstance(value, list):
        return [_shown(inner, personal or None) for inner in value]
    if value in ("", None) or isinstance(value, bool) or personal is False:
        return value
    return MASK if personal or isinstance(value, str) else value


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) < _LONGEST_NUMBER else digits


def _float(digits: str) -> float | str:
    number = float(digits)
    return number if math.isfinite(number) else digits
