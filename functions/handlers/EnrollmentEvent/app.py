"""A customer or associate is enrolled: recorded under the associate of the same id."""

from webhooks.aws.handler import handler
from webhooks.aws.records import keep
from webhooks.events.associates import EnrollmentEvent


@handler(EnrollmentEvent)
def handle(event: EnrollmentEvent) -> None:
    """Keep the enrollment beside its associate."""
    keep(event, f"ASSOCIATE#{event.distributor_id}", "ENROLLMENT")
