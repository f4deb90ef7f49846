"""A package is ready for the carrier: recorded under its order."""

from webhooks.aws.handler import handler
from webhooks.aws.records import keep
from webhooks.events.orders import SubmitOrderPackageEvent


@handler(SubmitOrderPackageEvent)
def handle(event: SubmitOrderPackageEvent) -> None:
    """Keep the package beside its order."""
    keep(event, f"ORDER#{event.order_number}", f"PACKAGE#{event.package_id}")
