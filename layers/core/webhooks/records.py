"""A record: the current state of an order, payment, package, associate, subscription or item."""

from dataclasses import dataclass
from typing import Any, Self

from webhooks.events.base import Event


@dataclass(frozen=True, slots=True)
class Record:
    """One state. `pk` groups what belongs together, such as `ORDER#1`; `sk` is one part of it, such as `PAYMENT#1`.

    `version` sorts in the order in which the events happened. `fields` have the vendor's names.
    """

    pk: str
    sk: str
    version: str
    event_type: str
    fields: dict[str, Any]

    @classmethod
    def from_event(cls, event: Event, pk: str = "", sk: str = "", **more: Any) -> Self:
        """The state that an event describes. Without `pk` and `sk`, under the key that its model defines.

        Raises `TypeError` if neither names a key.
        """
        if not pk:
            pk, sk = event.record_key()
        return cls(pk, sk, event.version, event.accepted.key.event_type, event.fields() | more)
