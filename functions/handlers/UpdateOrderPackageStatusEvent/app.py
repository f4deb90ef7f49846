"""A package changes: its record takes the new status, carrier and tracking number."""

from webhooks.aws.handler import handler
from webhooks.aws.records import keep
from webhooks.events.orders import UpdateOrderPackageStatusEvent


@handler(UpdateOrderPackageStatusEvent)
def handle(event: UpdateOrderPackageStatusEvent) -> None:
    """Keep the package beside its order; the newest of many updates wins."""
    keep(event, f"ORDER#{event.order_number}", f"PACKAGE#{event.package_id}")
