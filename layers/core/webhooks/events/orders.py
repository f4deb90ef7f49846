"""Orders, their payments and their packages."""

from typing import Annotated, ClassVar

from webhooks.events.base import PERSONAL, Event, Id, Money, TextId, UtcDatetime


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
