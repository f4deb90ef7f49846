"""An order is created: it becomes the record of the order."""

from webhooks.aws.handler import handler
from webhooks.aws.records import keep
from webhooks.events.orders import CreateOrderEvent


@handler(CreateOrderEvent)
def handle(event: CreateOrderEvent) -> None:
    """Keep the order."""
    keep(event, f"ORDER#{event.order_number}", "ORDER")
