"""A payment: recorded under its order."""

from webhooks.aws.handler import handler
from webhooks.aws.records import keep
from webhooks.events.orders import CreateOrderPaymentEvent


@handler(CreateOrderPaymentEvent)
def handle(event: CreateOrderPaymentEvent) -> None:
    """Keep the payment beside its order."""
    keep(event, f"ORDER#{event.order_number}", f"PAYMENT#{event.order_payment_id}")
