"""The model of each event type, and a body with every field that the vendor documents."""

import json
from typing import Any

from tests.unit.examples import ROOT
from webhooks_cli.operations.event_types import vendor_models

MODELS = vendor_models()

_DATE = "2021-10-12T18:07:26.8794398Z"
_ASSOCIATE = {
    "AssociateId": 5,
    "Username": "zoe",
    "FirstName": "Zoë",
    "LastName": "Müller",
    "CompanyName": "Acme",
    "EmailAddress": "zoe@example.com",
    "AssociateStatus": 1,
    "AssociateType": 2,
    "WebAliases": ["zoe", "zoe-m"],
    "BackOfficeId": "B-5",
    "ExternalReferenceId": "X-5",
}
_SUBSCRIPTION = {
    "AssociateId": 5,
    "SubscriptionId": 7,
    "SubscriptionName": "Gold",
    "ExpirationDateUtc": "2022-10-12T00:00:00Z",
    "IsVoid": False,
}
_ORDER = {"OrderNumber": 1, "CustomerId": 5, "OrderDateUtc": _DATE, "OrderStatus": "Paid", "OrderType": "Standard"}
_PAYMENT = {
    "OrderNumber": 1,
    "OrderPaymentId": 2,
    "PaymentStatus": "Paid",
    "PaymentType": "Charge",
    "Amount": 20.5,
    "CurrencyCode": "USD",
}
_PACKAGE = {
    "OrderNumber": 1,
    "PackageId": 3,
    "PackageStatus": "Shipped",
    "WarehouseId": 1,
    "ShipMethodId": 9,
    "TrackingNumber": "1Z",
    "Carrier": "UPS",
    "ShipByDateUtc": "2021-10-13T00:00:00Z",
    "ShippedDateUtc": "2021-10-12T20:00:00.5Z",
}
_ITEM = {"ItemId": 4, "Sku": "TST_EVT", "TrackStock": True, "HasOptions": False}
_ENROLLMENT = {
    "DistributorId": "5",
    "DistributorType": "Associate",
    "DistributorStatus": "Active",
    "DistributorCountry": "US",
    "SponsorId": "1",
    "EnrollmentDateUtc": _DATE,
}
_FIRST_GENERATION_ORDER = {
    "OrderId": "1",
    "OrderDateUtc": _DATE,
    "DistributorId": "5",
    "OrderType": "Standard",
    "OrderTotal": 99.95,
    "OrderCountry": "US",
    "OrderCurrency": "USD",
    "OrderStatus": "Paid",
}

_OWN: dict[str, dict[str, Any]] = {
    "EnrollmentEvent": _ENROLLMENT,
    "OrderEvent": _FIRST_GENERATION_ORDER,
    "CreateAssociateEvent": _ASSOCIATE,
    "UpdateAssociateEvent": _ASSOCIATE,
    "CreateSubscriptionEvent": _SUBSCRIPTION,
    "UpdateSubscriptionEvent": _SUBSCRIPTION,
    "CreateOrderEvent": _ORDER,
    "FinalizeOrderEvent": _ORDER,
    "CreateOrderPaymentEvent": _PAYMENT,
    "SubmitOrderPackageEvent": _PACKAGE,
    "UpdateOrderPackageStatusEvent": _PACKAGE,
    "CreateInventoryItemEvent": _ITEM,
    "DeleteInventoryItemEvent": _ITEM,
    "DailyEvent": {},
    "CustomEvent": {},
}

VENDORS = tuple(_OWN)
"""The types that this receiver ships with."""


def _sent(name: str) -> dict[str, Any]:
    """The body of a type of one's own, in which `webhooks new` has set every field."""
    request = json.loads((ROOT / "events" / "ingest" / f"{name}.json").read_text())
    body: dict[str, Any] = json.loads(request["body"])
    return body


FULL: dict[str, dict[str, Any]] = {
    name: (_OWN[name] if name in _OWN else _sent(name))
    | {"EventType": name, "EventDateUtc": _DATE, "EventCategory": "OrderEvents"}
    for name in MODELS
}
"""A body of each type, with every documented field set."""
