"""An associate is created: it becomes the record of the associate."""

from webhooks.aws.handler import handler
from webhooks.aws.records import keep
from webhooks.events.associates import CreateAssociateEvent


@handler(CreateAssociateEvent)
def handle(event: CreateAssociateEvent) -> None:
    """Keep the associate."""
    keep(event, f"ASSOCIATE#{event.associate_id}", "ASSOCIATE")
