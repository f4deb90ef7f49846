"""Bodies as DirectScale sends them: a plausible value for every field of a type's model."""

import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from types import NoneType
from typing import Annotated, Any, get_args, get_origin

from tools.schemas import models
from webhooks.events.base import Event
from webhooks.events.custom import CustomEvent

_PEOPLE = (
    ("Zoë", "Müller", "zoe.mueller"),
    ("Siobhán", "O'Neill", "siobhan.oneill"),
    ("James", "Carter", "james.carter"),
    ("Ana", "García López", "ana.garcia"),
    ("美玲", "陳", "meiling.chen"),
)
_NAMES = ("Alpine", "Birch", "Coral", "Delta")
_COUNTRIES = (("US", "USD"), ("CA", "CAD"), ("DE", "EUR"))

_AS_THINGS_STAND: dict[str, dict[str, object]] = {
    "OrderEvent": {"OrderStatus": "Pending Processing"},
    "CreateOrderEvent": {"OrderStatus": "Pending Payment"},
    "FinalizeOrderEvent": {"OrderStatus": "Paid"},
    "SubmitOrderPackageEvent": {
        "PackageStatus": "Submitted",
        "TrackingNumber": None,
        "Carrier": "",
        "ShippedDateUtc": None,
    },
    "UpdateOrderPackageStatusEvent": {"PackageStatus": "Shipped"},
}
"""What a type tells otherwise than its round does."""

_BASE = ("EventDateUtc", "EventCategory", "EventType")


@cache
def model_of(event_type: str) -> type[Event]:
    """The model of an event type; `CustomEvent` for one that has none."""
    return models().get(event_type, CustomEvent)


def kinds(model: type[Event]) -> dict[str, type]:
    """The plain type of each of a model's own fields, by the vendor's name, in the model's order."""
    named = {str(field.alias): _plain(field.annotation) for field in model.model_fields.values()}
    return {name: kind for name, kind in named.items() if name not in _BASE}


def date(moment: datetime, dice: random.Random) -> str:
    """A moment's second as .NET writes it: with any fraction, of 0 to 7 digits, no zeros at its end."""
    digits = dice.randrange(8)
    fraction = f"{dice.randrange(10**digits):0{digits}}".rstrip("0") if digits else ""
    return f"{moment:%Y-%m-%dT%H:%M:%S}{'.' if fraction else ''}{fraction}Z"


def common(moment: datetime, dice: random.Random) -> dict[str, object]:
    """What the events of one round share: an associate, its order of that moment, an item, and what is told of them.

    Ids have nine digits, so that a client's own are hardly met.
    """
    first, last, username = dice.choice(_PEOPLE)
    country, currency = dice.choice(_COUNTRIES)
    associate, order, amount = _id(dice), _id(dice), dice.randrange(500, 50_000) / 100
    return {
        "AssociateId": associate,
        "CustomerId": associate,
        "DistributorId": str(associate),
        "DistributorType": "Associate",
        "DistributorStatus": "Active",
        "DistributorCountry": country,
        "SponsorId": str(_id(dice)),
        "EnrollmentDateUtc": date(moment, dice),
        "Username": username,
        "FirstName": first,
        "LastName": last,
        "CompanyName": dice.choice(("", None, f"{last} Ltd")),
        "EmailAddress": f"{username}@example.com",
        "AssociateStatus": 1,
        "AssociateType": dice.randrange(1, 4),
        "WebAliases": [username, username.partition(".")[0]],
        "BackOfficeId": f"B{_id(dice)}",
        "ExternalReferenceId": dice.choice((None, f"X-{associate}")),
        "SubscriptionId": _id(dice),
        "SubscriptionName": dice.choice(_NAMES),
        "ExpirationDateUtc": f"{moment + timedelta(days=365):%Y-%m-%d}T00:00:00Z",
        "IsVoid": False,
        "OrderNumber": order,
        "OrderId": str(order),
        "OrderDateUtc": date(moment, dice),
        "OrderType": dice.choice(("Standard", "Autoship", "Enrollment", 1)),
        "OrderTotal": amount,
        "OrderCountry": country,
        "OrderCurrency": currency,
        "OrderPaymentId": _id(dice),
        "PaymentStatus": "Paid",
        "PaymentType": "Charge",
        "Amount": amount,
        "CurrencyCode": currency,
        "PackageId": _id(dice),
        "WarehouseId": dice.randrange(1, 4),
        "ShipMethodId": dice.randrange(1, 10),
        "TrackingNumber": f"1Z{_id(dice)}",
        "Carrier": dice.choice(("UPS", "FedEx", "DHL")),
        "ShipByDateUtc": f"{moment + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}",
        "ItemId": _id(dice),
        "Sku": f"{dice.choice(_NAMES).upper()}_{dice.randrange(100, 1000)}",
    }


def body(event_type: str, shared: Mapping[str, object], happened: datetime, dice: random.Random) -> dict[str, Any]:
    """The fields of one event, in the vendor's order; those that a round shares come from `shared`."""
    model = model_of(event_type)
    known = {**shared, **_AS_THINGS_STAND.get(event_type, {})}
    if model is CustomEvent:
        own = {"AssociateId": known["AssociateId"], "Rank": dice.choice(_NAMES), "Volume": dice.randrange(1000) / 4}
    else:
        own = {
            name: known[name] if name in known else _any(kind, happened, dice) for name, kind in kinds(model).items()
        }
    # OrderEvents even where no order is concerned: so it stands in every sample.
    base = (date(happened, dice), "OrderEvents", event_type)
    return own | dict(zip(_BASE, base, strict=True))


def _id(dice: random.Random) -> int:
    return dice.randrange(100_000_000, 1_000_000_000)


def _any(kind: type, happened: datetime, dice: random.Random) -> object:
    if kind is datetime:
        return date(happened, dice)
    if kind is Decimal:
        return dice.randrange(100, 10_000) / 100
    if kind is bool:
        return dice.random() < 1 / 2
    if kind is int:
        return dice.randrange(1, 1000)
    return kind() if kind in (list, dict) else dice.choice(_NAMES)


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
