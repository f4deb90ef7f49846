"""An inventory item is deleted: its record stays and says so."""

from webhooks.aws.handler import handler
from webhooks.aws.records import keep
from webhooks.events.inventory import DeleteInventoryItemEvent


@handler(DeleteInventoryItemEvent)
def handle(event: DeleteInventoryItemEvent) -> None:
    """Keep the item as deleted."""
    keep(event, f"ITEM#{event.item_id}", "ITEM", deleted=True)
