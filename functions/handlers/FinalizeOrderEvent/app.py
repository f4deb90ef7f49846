"""An order was processed: its record takes the new status."""

from webhooks.aws.handler import handler
from webhooks.aws.records import keep
from webhooks.events.orders import FinalizeOrderEvent


@handler(FinalizeOrderEvent)
def handle(event: FinalizeOrderEvent) -> None:
    """Keep the order; the newest of several finalizations wins."""
    keep(event, f"ORDER#{event.order_number}", "ORDER")
