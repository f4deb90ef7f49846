"""Every event without a handler of its own."""

from webhooks.handlers import CustomEvent, handler, save_record


@handler(CustomEvent)
def handle(event: CustomEvent) -> None:
    """Record the event as it came."""
    save_record(event)
