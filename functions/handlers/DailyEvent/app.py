"""The daily run starts: its date is recorded."""

from webhooks.aws.handler import handler
from webhooks.aws.records import keep
from webhooks.events.daily import DailyEvent


@handler(DailyEvent)
def handle(event: DailyEvent) -> None:
    """Keep one record per day."""
    keep(event, "DAILY", event.occurred_at[:10])
