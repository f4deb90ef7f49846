"""A record: the current state of an order, a payment, a package, an associate, a subscription or an item."""

from dataclasses import dataclass
from typing import Any, Protocol, Self

from webhooks.events.base import Event


@dataclass(frozen=True, slots=True)
class Record:
    """One state. `pk` groups what belongs together, as `ORDER#1`; `sk` is one of the group, as `PAYMENT#1`.

    `version` sorts as the events happened. `fields` carry the vendor's names.
    """

    pk: str
    sk: str
    version: str
    event_type: str
    fields: dict[str, Any]

    @classmethod
    def from_event(cls, event: Event, pk: str, sk: str, **more: Any) -> Self:
        """The state that an event tells."""
        return cls(pk, sk, event.version, event.message.key.event_type, event.fields() | more)


class Records(Protocol):
    """Where records are kept."""

    def keep(self, record: Record) -> bool:
        """Keep the record unless a newer one is kept already; False if so."""
