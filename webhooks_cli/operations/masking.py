"""What may be shown of events and records without `--reveal`: no personal data."""

import json
import math
from collections.abc import Mapping
from typing import Any

from webhooks.events.base import PERSONAL
from webhooks_cli.operations.event_types import model_of

MASK = "***"

DOES_NOT_FIT = "does not fit its model: "
"""Begins the product's own reason for an unreadable body. It names fields and repeats no value."""

_LONGEST_NUMBER = 1000


def masked(fields: Mapping[str, Any], event_type: str) -> dict[str, Any]:
    """The fields of an event, or of a record saved from it, with `***` for what may be personal data.

    Fields that the type's model declares are shown unless it marks them as personal. Of all other fields and of nested
    values, numbers are shown and texts are not.
    """
    declared = model_of(event_type).model_fields.values()
    personal = {field.alias: PERSONAL in field.metadata for field in declared}
    return {name: _shown(value, personal.get(name)) for name, value in fields.items()}


def masked_error(text: str) -> str:
    """A stored error, whose text may quote the event: its kind, and `***` for the rest."""
    kind, colon, _ = text.partition(": ")
    return text if text.startswith(f"DeadLetter: {DOES_NOT_FIT}") or not colon else f"{kind}: {MASK}"


def masked_user(user: str) -> str:
    """The user that a delivery names; empty if it names none."""
    return user and MASK


def read_body(body: str) -> dict[str, Any]:
    """The fields of a body for display: a number that is too long for Python is text. Raises `ValueError`."""
    fields: dict[str, Any] = json.loads(body, parse_int=_integer, parse_float=_float)
    return fields


def masked_body(text: str, event_type: str, *, reveal: bool) -> Any:
    """A body as it may be shown: as fields if it is a JSON object, otherwise as text, or `***` without `reveal`."""
    try:
        body: Any = read_body(text)
    except (ValueError, RecursionError):
        body = text
    if reveal:
        return body
    return masked(body, event_type) if isinstance(body, dict) else MASK


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
