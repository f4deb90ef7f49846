"""Associates and customers, and their service subscriptions."""

from typing import ClassVar

from webhooks.events.base import Event, UtcDatetime


class EnrollmentEvent(Event):
    """A customer or associate is enrolled: first generation, with ids as text."""

    distributor_id: str
    distributor_type: str | None = None
    distributor_status: str | None = None
    distributor_country: str | None = None
    sponsor_id: str | None = None
    enrollment_date_utc: UtcDatetime | None = None


class _Associate(Event):
    associate_id: int
    username: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    company_name: str | None = None
    email_address: str | None = None
    associate_status: int | None = None
    associate_type: int | None = None
    web_aliases: list[str | None] | None = None
    back_office_id: str | None = None
    external_reference_id: str | None = None


class CreateAssociateEvent(_Associate):
    """An associate is created."""

    precedence: ClassVar[int] = 0


class UpdateAssociateEvent(_Associate):
    """An associate is changed."""


class _Subscription(Event):
    associate_id: int
    subscription_id: int
    subscription_name: str | None = None
    expiration_date_utc: UtcDatetime | None = None
    is_void: bool | None = None


class CreateSubscriptionEvent(_Subscription):
    """A service subscription of an associate is created."""

    precedence: ClassVar[int] = 0


class UpdateSubscriptionEvent(_Subscription):
    """A service subscription of an associate is changed."""
