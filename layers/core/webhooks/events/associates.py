"""Associates and customers, and their service subscriptions."""

from typing import Annotated, ClassVar

from webhooks.events.base import PERSONAL, Event, Id, OpenEnum, TextId, Texts, UtcDatetime


class EnrollmentEvent(Event):
    """A customer or associate is enrolled: first generation, with ids as text."""

    distributor_id: TextId
    distributor_type: str | None = None
    distributor_status: str | None = None
    distributor_country: str | None = None
    sponsor_id: str | None = None
    enrollment_date_utc: UtcDatetime | None = None

    def record_key(self) -> tuple[str, str]:
        """A part of its own: the first generation has fields that the later events lack."""
        return f"ASSOCIATE#{self.distributor_id}", "ENROLLMENT"


class _Associate(Event):
    associate_id: Id
    username: Annotated[str | None, PERSONAL] = None
    first_name: Annotated[str | None, PERSONAL] = None
    last_name: Annotated[str | None, PERSONAL] = None
    company_name: Annotated[str | None, PERSONAL] = None
    email_address: Annotated[str | None, PERSONAL] = None
    associate_status: OpenEnum | None = None
    associate_type: OpenEnum | None = None
    web_aliases: Annotated[Texts | None, PERSONAL] = None
    back_office_id: Annotated[str | None, PERSONAL] = None
    external_reference_id: Annotated[str | None, PERSONAL] = None

    def record_key(self) -> tuple[str, str]:
        """The associate."""
        return f"ASSOCIATE#{self.associate_id}", "ASSOCIATE"


class CreateAssociateEvent(_Associate):
    """An associate is created."""

    precedence: ClassVar[int] = 0


class UpdateAssociateEvent(_Associate):
    """An associate is changed."""


class _Subscription(Event):
    associate_id: Id
    subscription_id: Id
    subscription_name: str | None = None
    expiration_date_utc: UtcDatetime | None = None
    is_void: bool | None = None

    def record_key(self) -> tuple[str, str]:
        """A subscription of the associate."""
        return f"ASSOCIATE#{self.associate_id}", f"SUBSCRIPTION#{self.subscription_id}"


class CreateSubscriptionEvent(_Subscription):
    """A service subscription of an associate is created."""

    precedence: ClassVar[int] = 0


class UpdateSubscriptionEvent(_Subscription):
    """A service subscription of an associate is changed."""
