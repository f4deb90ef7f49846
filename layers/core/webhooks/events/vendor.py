"""The models of the vendor's types. Handlers import them from `webhooks.handlers`."""

from typing import Annotated, Any, ClassVar

from pydantic import ValidationError, ValidatorFunctionWrapHandler, field_validator

from webhooks.events.base import PERSONAL, Event, Id, Money, OpenEnum, TextId, Texts, UtcDatetime

# ---- Orders, their payments and their packages


class OrderEvent(Event):
    """An order is placed: the first generation of order events, with ids as text."""

    order_id: TextId
    order_date_utc: UtcDatetime | None = None
    distributor_id: str | None = None
    order_type: str | None = None
    order_total: Money | None = None
    order_country: str | None = None
    order_currency: str | None = None
    order_status: str | None = None

    def record_key(self) -> tuple[str, str]:
        """A part of its own: the first generation has fields that the later events lack."""
        return f"ORDER#{self.order_id}", "PLACED"


class _Order(Event):
    order_number: Id
    customer_id: Id | None = None
    order_date_utc: UtcDatetime | None = None
    order_status: str | None = None
    order_type: str | None = None

    def record_key(self) -> tuple[str, str]:
        """The order."""
        return f"ORDER#{self.order_number}", "ORDER"


class CreateOrderEvent(_Order):
    """An order is created, not yet finalized."""

    precedence: ClassVar[int] = 0


class FinalizeOrderEvent(_Order):
    """An order was processed. Fires several times for one order: at each attempt to pay it."""


class CreateOrderPaymentEvent(Event):
    """An order records a payment."""

    order_number: Id
    order_payment_id: Id
    payment_status: str | None = None
    payment_type: str | None = None
    amount: Money | None = None
    currency_code: str | None = None

    def record_key(self) -> tuple[str, str]:
        """A payment of the order."""
        return f"ORDER#{self.order_number}", f"PAYMENT#{self.order_payment_id}"


class _Package(Event):
    order_number: Id
    package_id: Id
    package_status: str | None = None
    warehouse_id: Id | None = None
    ship_method_id: Id | None = None
    tracking_number: Annotated[str | None, PERSONAL] = None
    carrier: str | None = None
    ship_by_date_utc: UtcDatetime | None = None
    shipped_date_utc: UtcDatetime | None = None

    def record_key(self) -> tuple[str, str]:
        """A package of the order."""
        return f"ORDER#{self.order_number}", f"PACKAGE#{self.package_id}"


class SubmitOrderPackageEvent(_Package):
    """A package, or a part of a split one, is ready for the logistics provider."""

    precedence: ClassVar[int] = 0


class UpdateOrderPackageStatusEvent(_Package):
    """Carrier, tracking, status or dates of a package change; many times per package."""


# ---- Associates and customers, and their service subscriptions


class EnrollmentEvent(Event):
    """A customer or associate is enrolled: first generation, with ids as text."""

    distributor_id: TextId
    distributor_type: str | None = None
    distributor_status: str | None = None
    distributor_country: str | None = None
    sponsor_id: str | None = None
    enrollment_date_utc: UtcDatetime | None = None

    def record_key(self) -> tuple[str, str]:
        """A part of its own: the first generation has fields that the later events lack."""
        return f"ASSOCIATE#{self.distributor_id}", "ENROLLMENT"


class _Associate(Event):
    associate_id: Id
    username: Annotated[str | None, PERSONAL] = None
    first_name: Annotated[str | None, PERSONAL] = None
    last_name: Annotated[str | None, PERSONAL] = None
    company_name: Annotated[str | None, PERSONAL] = None
    email_address: Annotated[str | None, PERSONAL] = None
    associate_status: OpenEnum | None = None
    associate_type: OpenEnum | None = None
    web_aliases: Annotated[Texts | None, PERSONAL] = None
    back_office_id: Annotated[str | None, PERSONAL] = None
    external_reference_id: Annotated[str | None, PERSONAL] = None

    def record_key(self) -> tuple[str, str]:
        """The associate."""
        return f"ASSOCIATE#{self.associate_id}", "ASSOCIATE"


class CreateAssociateEvent(_Associate):
    """An associate is created."""

    precedence: ClassVar[int] = 0


class UpdateAssociateEvent(_Associate):
    """An associate is changed."""


class _Subscription(Event):
    associate_id: Id
    subscription_id: Id
    subscription_name: str | None = None
    expiration_date_utc: UtcDatetime | None = None
    is_void: bool | None = None

    def record_key(self) -> tuple[str, str]:
        """A subscription of the associate."""
        return f"ASSOCIATE#{self.associate_id}", f"SUBSCRIPTION#{self.subscription_id}"


class CreateSubscriptionEvent(_Subscription):
    """A service subscription of an associate is created."""

    precedence: ClassVar[int] = 0


class UpdateSubscriptionEvent(_Subscription):
    """A service subscription of an associate is changed."""


# ---- Inventory items


class _InventoryItem(Event):
    item_id: Id
    sku: str | None = None
    track_stock: bool | None = None
    has_options: bool | None = None

    def record_key(self) -> tuple[str, str]:
        """The item."""
        return f"ITEM#{self.item_id}", "ITEM"


class CreateInventoryItemEvent(_InventoryItem):
    """An inventory item is created."""

    precedence: ClassVar[int] = 0

    def fields(self) -> dict[str, Any]:
        """Everything sent, and that the item exists (again)."""
        return super().fields() | {"deleted": False}


class DeleteInventoryItemEvent(_InventoryItem):
    """An inventory item is deleted."""

    precedence: ClassVar[int] = 2

    def fields(self) -> dict[str, Any]:
        """Everything sent, and that the item is deleted: its record stays."""
        return super().fields() | {"deleted": True}


# ---- The daily run


class DailyEvent(Event):
    """The daily run starts. Once a day, so it is the heartbeat of the whole path."""

    def record_key(self) -> tuple[str, str]:
        """One record per day."""
        return "DAILY", self.occurred_at[:10]


# ---- Everything else: events that a client's own code posts, and types that the vendor has not documented


class CustomEvent(Event):
    """Any JSON object. A base field of the wrong type reads as None."""

    @field_validator("event_type", "event_date_utc", "event_category", mode="wrap")
    @classmethod
    def _or_none(cls, value: Any, validate: ValidatorFunctionWrapHandler) -> Any:
        try:
            return validate(value)
        except ValidationError:
            return None

    def fields(self) -> dict[str, Any]:
        """The body as JSON text under `Body`, since its names and numbers may be anything; or its reference."""
        reference = self._reference
        return {"BodyReference": reference} if reference else {"Body": self.accepted.body}

    def record_key(self) -> tuple[str, str]:
        """One record per event, by type and time."""
        return f"CUSTOM#{self.accepted.key.event_type}", f"{self.occurred_at} {self.precedence} {self.accepted.key}"
