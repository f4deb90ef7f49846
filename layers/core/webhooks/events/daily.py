"""The daily run."""

from webhooks.events.base import Event


class DailyEvent(Event):
    """The daily run starts. Once a day, so it is the heartbeat of the whole path."""

    def record_key(self) -> tuple[str, str]:
        """One record per day."""
        return "DAILY", self.occurred_at[:10]
