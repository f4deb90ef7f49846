"""The product's event models, and a body of each with every field set."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, get_args, get_origin

from webhooks import handlers
from webhooks.events.base import Event

MODELS: dict[str, type[Event]] = {
    name: model
    for name, model in sorted(vars(handlers).items())
    if isinstance(model, type) and issubclass(model, Event) and model is not Event
}

DATE = "2021-10-12T18:07:26.8794398Z"

_IDS: dict[str, object] = {
    "AssociateId": 5,
    "DistributorId": "5",
    "SubscriptionId": 7,
    "OrderNumber": 1,
    "OrderId": "1",
    "OrderPaymentId": 2,
    "PackageId": 3,
    "ItemId": 4,
}
_VALUES: dict[type, object] = {
    int: 9,
    str: "Zoë",
    bool: False,
    Decimal: 20.5,
    datetime: DATE,
    list: ["zoe", "zoe-m"],
}


def required(model: type[Event]) -> set[str]:
    """The names of a model's required fields, as the vendor writes them."""
    return {str(field.alias) for field in model.model_fields.values() if field.is_required()}


def _full(name: str, model: type[Event]) -> dict[str, Any]:
    fields = {str(field.alias): _value(field.annotation) for field in model.model_fields.values()}
    ids = {alias: _IDS[alias] for alias in required(model) & _IDS.keys()}
    return fields | ids | {"EventType": name, "EventCategory": "OrderEvents"}


def _value(annotation: object) -> object:
    kinds = set(_kinds(annotation))
    return next(value for kind, value in _VALUES.items() if kind in kinds)


def _kinds(annotation: object) -> Iterator[object]:
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _kinds(get_args(annotation)[0])
    elif origin is list or not get_args(annotation):
        yield origin or annotation
    else:
        for part in get_args(annotation):
            yield from _kinds(part)


FULL: dict[str, dict[str, Any]] = {name: _full(name, model) for name, model in MODELS.items()}
