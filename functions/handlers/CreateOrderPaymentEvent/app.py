"""An order records a payment."""

from webhooks.handlers import CreateOrderPaymentEvent, handler, save_record


@handler(CreateOrderPaymentEvent)
def handle(event: CreateOrderPaymentEvent) -> None:
    """Record the payment of its order."""
    save_record(event)
