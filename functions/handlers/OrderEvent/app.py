"""An order is placed, in the first generation of events."""

from webhooks.handlers import OrderEvent, handler, save_record


@handler(OrderEvent)
def handle(event: OrderEvent) -> None:
    """Record the placed order next to the order."""
    save_record(event)
