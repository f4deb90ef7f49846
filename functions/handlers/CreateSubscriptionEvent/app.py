"""A service subscription: recorded under its associate."""

from webhooks.aws.handler import handler
from webhooks.aws.records import keep
from webhooks.events.associates import CreateSubscriptionEvent


@handler(CreateSubscriptionEvent)
def handle(event: CreateSubscriptionEvent) -> None:
    """Keep the subscription beside its associate."""
    keep(event, f"ASSOCIATE#{event.associate_id}", f"SUBSCRIPTION#{event.subscription_id}")
