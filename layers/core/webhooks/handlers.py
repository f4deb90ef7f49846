"""What a handler imports: the public interface of the product, under semantic versioning from 1.0.

    from webhooks.handlers import CreateOrderEvent, handler, save_record

    @handler(CreateOrderEvent)
    def handle(event: CreateOrderEvent) -> None:
        save_record(event)

Everything else in `webhooks` may change in any version.
"""

from webhooks.aws.handler import handler
from webhooks.aws.log import logger
from webhooks.aws.records import save_record
from webhooks.events.base import PERSONAL, Event, Id, Money, OpenEnum, TextId, Texts, UtcDatetime
from webhooks.events.vendor import (
    CreateAssociateEvent,
    CreateInventoryItemEvent,
    CreateOrderEvent,
    CreateOrderPaymentEvent,
    CreateSubscriptionEvent,
    CustomEvent,
    DailyEvent,
    DeleteInventoryItemEvent,
    EnrollmentEvent,
    FinalizeOrderEvent,
    OrderEvent,
    SubmitOrderPackageEvent,
    UpdateAssociateEvent,
    UpdateOrderPackageStatusEvent,
    UpdateSubscriptionEvent,
)
from webhooks.retries import DeadLetter, RetryLater

__all__ = [
    "PERSONAL",
    "CreateAssociateEvent",
    "CreateInventoryItemEvent",
    "CreateOrderEvent",
    "CreateOrderPaymentEvent",
    "CreateSubscriptionEvent",
    "CustomEvent",
    "DailyEvent",
    "DeadLetter",
    "DeleteInventoryItemEvent",
    "EnrollmentEvent",
    "Event",
    "FinalizeOrderEvent",
    "Id",
    "Money",
    "OpenEnum",
    "OrderEvent",
    "RetryLater",
    "SubmitOrderPackageEvent",
    "TextId",
    "Texts",
    "UpdateAssociateEvent",
    "UpdateOrderPackageStatusEvent",
    "UpdateSubscriptionEvent",
    "UtcDatetime",
    "handler",
    "logger",
    "save_record",
]
