"""The models against the vendor's catalogue of events: which fields each has, and which are personal data."""

import pytest

from webhooks import handlers
from webhooks.events.base import PERSONAL, Event

_ASSOCIATE = (
    "AssociateId Username* FirstName* LastName* CompanyName* EmailAddress* AssociateStatus AssociateType WebAliases*"
    " BackOfficeId* ExternalReferenceId*"
)
_SUBSCRIPTION = "AssociateId SubscriptionId SubscriptionName ExpirationDateUtc IsVoid"
_ORDER = "OrderNumber CustomerId OrderDateUtc OrderStatus OrderType"
_PACKAGE = (
    "OrderNumber PackageId PackageStatus WarehouseId ShipMethodId TrackingNumber* Carrier ShipByDateUtc ShippedDateUtc"
)
_ITEM = "ItemId Sku TrackStock HasOptions"

CATALOGUE = {
    "EnrollmentEvent": "DistributorId DistributorType DistributorStatus DistributorCountry SponsorId EnrollmentDateUtc",
    "OrderEvent": ("OrderId OrderDateUtc DistributorId OrderType OrderTotal OrderCountry OrderCurrency OrderStatus"),
    "CreateAssociateEvent": _ASSOCIATE,
    "UpdateAssociateEvent": _ASSOCIATE,
    "CreateSubscriptionEvent": _SUBSCRIPTION,
    "UpdateSubscriptionEvent": _SUBSCRIPTION,
    "CreateOrderEvent": _ORDER,
    "FinalizeOrderEvent": _ORDER,
    "CreateOrderPaymentEvent": "OrderNumber OrderPaymentId PaymentStatus PaymentType Amount CurrencyCode",
    "SubmitOrderPackageEvent": _PACKAGE,
    "UpdateOrderPackageStatusEvent": _PACKAGE,
    "CreateInventoryItemEvent": _ITEM,
    "DeleteInventoryItemEvent": _ITEM,
    "DailyEvent": "",
}
"""Fields beyond the base fields; * marks personal data."""

IDS = frozenset(
    (
        "DistributorId",
        "OrderId",
        "AssociateId",
        "SubscriptionId",
        "OrderNumber",
        "OrderPaymentId",
        "PackageId",
        "ItemId",
    )
)
CREATED = {"CreateAssociateEvent", "CreateSubscriptionEvent", "CreateOrderEvent", "CreateInventoryItemEvent"}


@pytest.mark.parametrize(("name", "fields"), CATALOGUE.items(), ids=list(CATALOGUE))
def test_a_model_has_the_documented_fields(name: str, fields: str) -> None:
    model: type[Event] = getattr(handlers, name)
    own = {str(field.alias): field for field in model.model_fields.values()}
    for base in ("EventType", "EventDateUtc", "EventCategory"):
        del own[base]
    assert {alias + ("*" if PERSONAL in field.metadata else "") for alias, field in own.items()} == set(fields.split())
    optional_ids = {"DistributorId"} if name == "OrderEvent" else set()
    assert {alias for alias, field in own.items() if field.is_required()} == (own.keys() & IDS) - optional_ids


@pytest.mark.parametrize("name", CATALOGUE)
def test_at_one_moment_created_precedes_deleted(name: str) -> None:
    expected = 0 if name in CREATED | {"SubmitOrderPackageEvent"} else 2 if "Delete" in name else 1
    assert getattr(handlers, name).precedence == expected
