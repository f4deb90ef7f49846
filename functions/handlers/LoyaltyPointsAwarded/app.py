"""Loyalty points awarded: each event is recorded, in order of time."""

from webhooks.aws.handler import handler
from webhooks.aws.records import keep
from webhooks.events.loyalty_points_awarded import LoyaltyPointsAwarded


@handler(LoyaltyPointsAwarded)
def handle(event: LoyaltyPointsAwarded) -> None:
    """Keep the event. Your code goes here, beside the record or in its place."""
    keep(event, f"LOYALTY_POINTS_AWARDED#{event.associate_id}", event.version)
