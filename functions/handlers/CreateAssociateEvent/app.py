"""An associate is created."""

from webhooks.handlers import CreateAssociateEvent, handler, save_record


@handler(CreateAssociateEvent)
def handle(event: CreateAssociateEvent) -> None:
    """Record the associate."""
    save_record(event)
