"""A service subscription is updated."""

from webhooks.handlers import UpdateSubscriptionEvent, handler, save_record


@handler(UpdateSubscriptionEvent)
def handle(event: UpdateSubscriptionEvent) -> None:
    """Record the subscription of its associate."""
    save_record(event)
