"""An order is created."""

from webhooks.handlers import CreateOrderEvent, handler, save_record


@handler(CreateOrderEvent)
def handle(event: CreateOrderEvent) -> None:
    """Record the order."""
    save_record(event)
