"""Every event without a handler of its own: recorded as it came, under its type, in order of time."""

from webhooks.aws.handler import handler
from webhooks.aws.records import keep
from webhooks.events.custom import CustomEvent


@handler(CustomEvent)
def handle(event: CustomEvent) -> None:
    """Keep the event; copy this folder to give a type a handler of its own."""
    keep(event, f"CUSTOM#{event.message.key.event_type}", event.version)
