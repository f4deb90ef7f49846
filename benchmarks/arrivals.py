"""A week of orders, and what happens to each: seeded, so that every run sees the same."""

from dataclasses import dataclass
from itertools import product
from random import Random

from benchmarks.costs.assumptions import DAYS

WEEK = 7 * 24 * 3600
"""Seconds."""
WEEKS = DAYS / 7
"""Of a month."""

_DAYS = (1.1, 1.0, 1.0, 1.0, 1.2, 0.9, 0.8)
"""Monday to Sunday, against each other."""
_HOURS = (1, 1, 1, 1, 1, 2, 3, 5, 7, 8, 9, 9, 9, 8, 8, 8, 8, 8, 9, 10, 9, 7, 4, 2)
"""From midnight on, against each other: little at night, most in the evening."""
_HOURS_OF_WEEK = tuple(day * hour for day, hour in product(_DAYS, _HOURS))

STEPS = (
    ("CreateOrderEvent", 0, 0),
    ("CreateOrderPaymentEvent", 1, 10),
    ("FinalizeOrderEvent", 10, 60),
    ("SubmitOrderPackageEvent", 3600, 24 * 3600),
    ("UpdateOrderPackageStatusEvent", 24 * 3600, 5 * 24 * 3600),
)
"""What happens to an order, and how many seconds, at least and at most, after it was placed."""


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """Something that happens to an order, so many seconds after the week began."""

    at: float
    order: int
    event_type: str


def changes(orders_a_month: int, seed: int = 1) -> list[Change]:
    """A week's, in order. Each week is like the next: what happens after its end happens at its beginning."""
    random = Random(seed)  # noqa: S311 - no secret
    number = round(orders_a_month / WEEKS)
    hours = random.choices(range(len(_HOURS_OF_WEEK)), _HOURS_OF_WEEK, k=number)
    placed = [(hour + random.random()) * 3600 for hour in hours]
    return sorted(
        Change((at + random.uniform(least, most)) % WEEK, order, event_type)
        for order, at in enumerate(placed)
        for event_type, least, most in STEPS
    )
