"""A service subscription is created."""

from webhooks.handlers import CreateSubscriptionEvent, handler, save_record


@handler(CreateSubscriptionEvent)
def handle(event: CreateSubscriptionEvent) -> None:
    """Record the subscription of its associate."""
    save_record(event)
