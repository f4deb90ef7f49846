"""An order is placed, as the first generation of events tells it: recorded under its order."""

from webhooks.aws.handler import handler
from webhooks.aws.records import keep
from webhooks.events.orders import OrderEvent


@handler(OrderEvent)
def handle(event: OrderEvent) -> None:
    """Keep what only this generation tells (total, country, currency) beside the order."""
    keep(event, f"ORDER#{event.order_id}", "PLACED")
