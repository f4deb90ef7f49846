"""The events of a soak: orders of four events each. Besides its type's own handler, each is taken by further ones."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from webhooks.event import EventKey
from webhooks.routing import ALL
from webhooks_cli.operations.endpoint import Request

CLIENT = "soak"
START = datetime(2026, 1, 1, tzinfo=UTC)

FURTHER = {"SoakMailing": ("CreateOrderEvent", "FinalizeOrderEvent"), "SoakArchive": (ALL,)}
"""The further handlers, and what each takes."""


@dataclass(frozen=True, slots=True)
class Planned:
    """An event: its message id, type and fields."""

    message_id: str
    event_type: str
    fields: dict[str, object]

    @property
    def key(self) -> EventKey:
        """Its key in the inbox."""
        return EventKey(self.message_id, CLIENT, self.event_type)

    @property
    def further(self) -> list[str]:
        """The further handlers that take it."""
        return [name for name, taken in FURTHER.items() if ALL in taken or self.event_type in taken]

    def request(self, token: str) -> Request:
        """Its delivery."""
        headers = {
            "Content-Type": "application/json; charset=UTF-8",
            "Authorization": f"Bearer {token}",
            "X-Directscale-Client-Id": CLIENT,
            "X-Directscale-Message-Id": self.message_id,
        }
        return Request(headers, json.dumps(self.fields).encode())


def plan(events: int) -> list[Planned]:
    """Events of orders: created, paid, finalized, packed, in the order of their dates."""
    return [event for order in range((events + 3) // 4) for event in _order(order + 1)][:events]


def _order(number: int) -> Iterator[Planned]:
    parts: list[tuple[str, dict[str, object]]] = [
        ("CreateOrderEvent", {"OrderStatus": "Pending Payment"}),
        ("CreateOrderPaymentEvent", {"OrderPaymentId": 1, "PaymentStatus": "Paid", "Amount": number / 100}),
        ("FinalizeOrderEvent", {"OrderStatus": "Paid"}),
        ("SubmitOrderPackageEvent", {"PackageId": 1, "PackageStatus": "Submitted", "TrackingNumber": None}),
    ]
    for step, (event_type, fields) in enumerate(parts):
        happened = START + timedelta(seconds=number * 10 + step)
        common = {"OrderNumber": number, "EventType": event_type, "EventDateUtc": f"{happened:%Y-%m-%dT%H:%M:%SZ}"}
        yield Planned(f"soak-{number}-{step}", event_type, common | fields)
