"""Everything else: events that a client's own code posts, and types that the vendor has not documented."""

from typing import Any

from pydantic import ValidationError, ValidatorFunctionWrapHandler, field_validator

from webhooks.events.base import Event


class CustomEvent(Event):
    """Any JSON object. A base field of the wrong type reads as None."""

    @field_validator("event_type", "event_date_utc", "event_category", mode="wrap")
    @classmethod
    def _or_none(cls, value: Any, validate: ValidatorFunctionWrapHandler) -> Any:
        try:
            return validate(value)
        except ValidationError:
            return None

    def fields(self) -> dict[str, Any]:
        """The body as JSON text under `Body`, since its names and numbers may be anything; or its reference."""
        reference = self._reference
        return {"BodyReference": reference} if reference else {"Body": self.accepted.body}

    def record_key(self) -> tuple[str, str]:
        """One record per event, by type and time."""
        return f"CUSTOM#{self.accepted.key.event_type}", f"{self.occurred_at} {self.precedence} {self.accepted.key}"
