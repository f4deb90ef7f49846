"""The model of each event type, and a body with every field that the vendor documents."""

from typing import Any

from webhooks.events.associates import (
    CreateAssociateEvent,
    CreateSubscriptionEvent,
    EnrollmentEvent,
    UpdateAssociateEvent,
    UpdateSubscriptionEvent,
)
from webhooks.events.base import Event
from webhooks.events.custom import CustomEvent
from webhooks.events.daily import DailyEvent
from webhooks.events.inventory import CreateInventoryItemEvent, DeleteInventoryItemEvent
from webhooks.events.orders import (
    CreateOrderEvent,
    CreateOrderPaymentEvent,
    FinalizeOrderEvent,
    OrderEvent,
    SubmitOrderPackageEvent,
    UpdateOrderPackageStatusEvent,
)

MODELS: dict[str, type[Event]] = {
    model.__name__: model
    for model in (
        EnrollmentEvent,
        OrderEvent,
        CreateAssociateEvent,
        UpdateAssociateEvent,
        CreateSubscriptionEvent,
        UpdateSubscriptionEvent,
        CreateOrderEvent,
        FinalizeOrderEvent,
        CreateOrderPaymentEvent,
        SubmitOrderPackageEvent,
        UpdateOrderPackageStatusEvent,
        CreateInventoryItemEvent,
        DeleteInventoryItemEvent,
        DailyEvent,
        CustomEvent,
    )
}

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

FULL: dict[str, dict[str, Any]] = {
    name: own | {"EventType": name, "EventDateUtc": _DATE, "EventCategory": "OrderEvents"} for name, own in _OWN.items()
}
"""A body of each type, with every documented field set."""
