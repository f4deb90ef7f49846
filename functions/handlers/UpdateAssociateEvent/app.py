"""An associate changes: the record takes the new state."""

from webhooks.aws.handler import handler
from webhooks.aws.records import keep
from webhooks.events.associates import UpdateAssociateEvent


@handler(UpdateAssociateEvent)
def handle(event: UpdateAssociateEvent) -> None:
    """Keep the associate; the newest update wins."""
    keep(event, f"ASSOCIATE#{event.associate_id}", "ASSOCIATE")
