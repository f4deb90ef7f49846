"""An associate is updated."""

from webhooks.handlers import UpdateAssociateEvent, handler, save_record


@handler(UpdateAssociateEvent)
def handle(event: UpdateAssociateEvent) -> None:
    """Record the associate."""
    save_record(event)
