"""A package is ready for the carrier."""

from webhooks.handlers import SubmitOrderPackageEvent, handler, save_record


@handler(SubmitOrderPackageEvent)
def handle(event: SubmitOrderPackageEvent) -> None:
    """Record the package of its order."""
    save_record(event)
