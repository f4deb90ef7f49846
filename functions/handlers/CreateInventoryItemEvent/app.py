"""An inventory item is created: it becomes the record of the item."""

from webhooks.aws.handler import handler
from webhooks.aws.records import keep
from webhooks.events.inventory import CreateInventoryItemEvent


@handler(CreateInventoryItemEvent)
def handle(event: CreateInventoryItemEvent) -> None:
    """Keep the item."""
    keep(event, f"ITEM#{event.item_id}", "ITEM", deleted=False)
