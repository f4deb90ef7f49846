"""The daily run."""

from webhooks.events.base import Event


class DailyEvent(Event):
    """The daily run starts: once a day, and so the heartbeat of the whole path."""
