"""A customer or associate is enrolled."""

from webhooks.handlers import EnrollmentEvent, handler, save_record


@handler(EnrollmentEvent)
def handle(event: EnrollmentEvent) -> None:
    """Record the enrollment next to the associate."""
    save_record(event)
