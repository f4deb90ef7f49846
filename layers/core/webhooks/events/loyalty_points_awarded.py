"""The event LoyaltyPointsAwarded."""

from webhooks.events.base import Event, Money


class LoyaltyPointsAwarded(Event):
    """Loyalty points awarded."""

    associate_id: int
    points: Money | None = None
