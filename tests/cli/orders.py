"""Orders that came in, and what the commands print of them."""

import json

from tests.unit.examples import event
from webhooks.event import AcceptedEvent, EventKey

ORDER = {"OrderNumber": 1, "OrderStatus": "Paid", "Note": "for Zoe"}


def an_order(number: int = 1, at: str = "2026-11-24T11:00:00", **changes: str) -> AcceptedEvent:
    """The event `m-<number>`, of order 1; its user and a text of its body tell of a person."""
    key = EventKey(f"m-{number}", "acme", "CreateOrderEvent")
    return event(json.dumps(ORDER), key, received_at=f"{at}.0000000Z", user="zoe@example.com", **changes)


def cells(printed: str) -> list[list[str]]:
    """The rows of printed tables, without their headings."""
    rows = (line.strip("│").split("│") for line in printed.splitlines() if line.startswith("│"))
    return [[cell.strip() for cell in row] for row in rows]
