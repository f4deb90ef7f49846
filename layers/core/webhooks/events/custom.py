"""Everything else: events that a client's own code posts, and those that the vendor has not told of."""

from typing import Any

from pydantic import ValidationError, ValidatorFunctionWrapHandler, field_validator

from webhooks.events.base import Event


class CustomEvent(Event):
    """Any JSON object. Nothing is promised of it: a base field that is not what it should be reads as None."""

    @field_validator("event_type", "event_date_utc", "event_category", mode="wrap")
    @classmethod
    def _or_none(cls, value: Any, validate: ValidatorFunctionWrapHandler) -> Any:
        try:
            return validate(value)
        except ValidationError:
            return None

    def fields(self) -> dict[str, Any]:
        """The event as it came, as JSON text under `Body`: its names and numbers may be any.

        Of a body that is too large for an item, the reference.
        """
        reference = self._reference
        return {"BodyReference": reference} if reference else {"Body": self.message.body}
