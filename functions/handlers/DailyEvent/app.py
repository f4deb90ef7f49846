"""The daily run starts."""

from webhooks.handlers import DailyEvent, handler, save_record


@handler(DailyEvent)
def handle(event: DailyEvent) -> None:
    """Record the day."""
    save_record(event)
