"""A service subscription changes: its record takes the new state."""

from webhooks.aws.handler import handler
from webhooks.aws.records import keep
from webhooks.events.associates import UpdateSubscriptionEvent


@handler(UpdateSubscriptionEvent)
def handle(event: UpdateSubscriptionEvent) -> None:
    """Keep the subscription beside its associate; the newest update wins."""
    keep(event, f"ASSOCIATE#{event.associate_id}", f"SUBSCRIPTION#{event.subscription_id}")
