"""An order was processed; fires several times per order."""

from webhooks.handlers import FinalizeOrderEvent, handler, save_record


@handler(FinalizeOrderEvent)
def handle(event: FinalizeOrderEvent) -> None:
    """Record the order."""
    save_record(event)
