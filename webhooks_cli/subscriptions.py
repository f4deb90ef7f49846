"""What to enter in Corporate Admin > Tools > Developer Tools > Event Subscriptions."""

from collections.abc import Iterable
from dataclasses import dataclass

from webhooks.event import CUSTOM, SUBSCRIPTIONS


@dataclass(frozen=True, slots=True)
class Subscription:
    """One event type: the id that the vendor knows it by, None for custom events' own names, and the URL for it."""

    event_type: str
    id: str | None
    url: str


def subscriptions(event_types: Iterable[str], endpoint: str) -> list[Subscription]:
    """Those of the deployed types. A custom event is subscribed to by its own name, and names itself in its body."""
    ids = {name: number for number, name in SUBSCRIPTIONS.items()}
    return [
        Subscription(name, None, endpoint)
        if name == CUSTOM
        else Subscription(name, ids.get(name, name), f"{endpoint}/{name}")
        for name in event_types
    ]
