"""A package changes."""

from webhooks.handlers import UpdateOrderPackageStatusEvent, handler, save_record


@handler(UpdateOrderPackageStatusEvent)
def handle(event: UpdateOrderPackageStatusEvent) -> None:
    """Record the package of its order."""
    save_record(event)
