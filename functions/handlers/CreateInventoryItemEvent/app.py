"""An inventory item is created."""

from webhooks.handlers import CreateInventoryItemEvent, handler, save_record


@handler(CreateInventoryItemEvent)
def handle(event: CreateInventoryItemEvent) -> None:
    """Record the item."""
    save_record(event)
