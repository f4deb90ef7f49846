"""What the soak sends: orders of four events each."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from webhooks_cli.operations.endpoint import Request

START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Planned:
    """An event to send: its message id, type and fields."""

    message_id: str
    event_type: str
    fields: dict[str, object]

    def request(self, token: str) -> Request:
        """Its delivery."""
        headers = {
            "Content-Type": "application/json; charset=UTF-8",
            "Authorization": f"Bearer {token}",
            "X-Directscale-Client-Id": "soak",
            "X-Directscale-Message-Id": self.message_id,
        }
        return Request(headers, json.dumps(self.fields).encode())


def plan(events: int) -> list[Planned]:
    """Orders of four events each: created, paid, finalized, packed; each later than the one before."""
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
