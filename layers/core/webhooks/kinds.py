"""The plain types of a model's fields, for made-up events."""

from types import NoneType
from typing import Annotated, Any, get_args, get_origin

from webhooks.events.base import Event

BASE_FIELDS = ("EventDateUtc", "EventCategory", "EventType")
"""What every event has, in the vendor's order."""


def kinds(model: type[Event]) -> dict[str, type]:
    """The plain type of each of a model's own fields, by the vendor's name, in the model's order."""
    named = {str(field.alias): _plain(field.annotation) for field in model.model_fields.values()}
    return {name: kind for name, kind in named.items() if name not in BASE_FIELDS}


def _plain(annotation: Any) -> type:
    """`int` of `int | None`, `Decimal` of `Money | None`, `list` of `list[str | None] | None`."""
    inner = [part for part in get_args(annotation) if part is not NoneType]
    origin = get_origin(annotation)
    if not inner or origin in (list, dict):
        plain: type = origin or annotation
        return plain
    if origin is not Annotated and len(inner) > 1:
        return str
    return _plain(inner[0])
