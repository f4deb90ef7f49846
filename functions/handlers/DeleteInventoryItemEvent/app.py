"""An inventory item is deleted."""

from webhooks.handlers import DeleteInventoryItemEvent, handler, save_record


@handler(DeleteInventoryItemEvent)
def handle(event: DeleteInventoryItemEvent) -> None:
    """Record that the item is deleted."""
    save_record(event)
