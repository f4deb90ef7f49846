"""How evenly events spread among the keys of the inbox's indexes, by the function that chooses them."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

from webhooks.aws.inbox_table import SHARDS, new_item
from webhooks.event import AcceptedEvent, EventKey

EVENTS = 100_000

_TYPE = "CreateOrderEvent"
_BEGAN_MS = 1_795_521_600_000
"""Of the ids that tell the time: 24 November 2026, noon."""


def families() -> dict[str, Callable[[int], str]]:
    """Ways in which a sender may make its message ids, each from the number of an event."""
    random = Random(1)  # noqa: S311 - no secret
    return {
        "random (UUID 4)": lambda _: str(UUID(int=random.getrandbits(128), version=4)),
        "counting, 1, 2, 3": str,
        f"counting in steps of {SHARDS}": lambda number: str(SHARDS * number),
        "counting, with leading zeros": lambda number: f"{number:032}",
        "milliseconds, one event in each": lambda number: str(_BEGAN_MS + number),
        "a counter before a fixed tail": lambda number: f"{number:08x}-0000-4000-8000-000000000000",
    }


def spread(events: int = EVENTS) -> list[dict[str, Any]]:
    """For each family: the largest shard's part of the entries of each index, and the most items under one table key.

    All events are of one type, as one client sends them: what no type and no client helps to spread.
    """
    return [{"ids": name, **_spread(make, events)} for name, make in families().items()]


def _spread(make: Callable[[int], str], events: int) -> dict[str, Any]:
    keys: dict[str, Counter[str]] = {name: Counter() for name in ("unpublished_shard", "type_shard", "message_id")}
    for number in range(events):
        key = EventKey(make(number), "acme", _TYPE)
        item = new_item(
            AcceptedEvent(key, _TYPE, "", "", "2026-11-24T12:00:00Z", ""), "bench", "first", timedelta(days=35)
        )
        for name, counted in keys.items():
            counted[item[name]["S"]] += 1
    return {
        "unpublished": max(keys["unpublished_shard"].values()) / events,
        "by_type": max(keys["type_shard"].values()) / events,
        "under_one_key": max(keys["message_id"].values()),
    }
