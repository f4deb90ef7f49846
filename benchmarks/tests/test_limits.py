"""Limits, computed from a capacity."""

from dataclasses import replace

import pytest

from benchmarks.capacity import Capacity
from benchmarks.limits import Limit, limits, limits_of_failures
from webhooks.relay import CHUNK

CAPACITY = Capacity(
    rate_limit=100,
    burst_limit=500,
    types=10,
    concurrency=20,
    batch=10,
    ingest=0.050,
    handler=0.500,
    relay=1.0,
    relay_share=0.5,
    inbox_units=2,
    index_units={"unpublished": 2, "by_type": 1},
    once_units=2,
)


def _found(capacity: Capacity, words: str) -> Limit:
    (limit,) = (each for each in (*limits(capacity), *limits_of_failures(capacity)) if words in each.what)
    return limit


def test_template_and_code_are_counted() -> None:
    capacity = Capacity.of_template()
    assert (capacity.inbox_units, capacity.index_units) == (2, {"unpublished": 2, "by_type": 1})
    assert (capacity.once_units, capacity.relay_share) == (2, 0.75)
    # Three calls with a wait of 8 ms; 2 ms of a full processor for each and the function, which has 1024/1769 of it.
    assert capacity.ingest == pytest.approx((3 * 8 + 4 * 2 * 1769 / 1024) / 1000)


def test_limits_are_sorted() -> None:
    rates = [limit.rate for limit in limits(CAPACITY)]
    assert rates == sorted(rates)


@pytest.mark.parametrize(
    ("words", "rate"),
    [
        ("`MaximumConcurrency`", 20 * 10 / 0.5),
        ("2 of the table", 4000 / 2),
        ("an event takes 2 of", 4000 / 2),
        ("`unpublished`: 16 keys", 16 * 1000 / 2),
        ("`by_type`: one key for each type", 1000),
        ("40,000 units", 40_000 / 5),
        ("one relay", 0.5 * CHUNK / 1.0),
        ("in flight", 120_000 / 99_305),
    ],
)
def test_rate_is_quota_divided_by_use(words: str, rate: float) -> None:
    assert _found(CAPACITY, words).rate == pytest.approx(rate)


@pytest.mark.parametrize(
    ("changes", "rate"),
    [
        ({"types": 20}, 10 * (1000 - 20 * 20)),
        ({"ingest": 0.010}, 10 * (1000 - 10 * 20)),  # no faster than Lambda's 10 a second for an environment
        ({"ingest": 0.200}, 5 * (1000 - 10 * 20)),
    ],
)
def test_ingest_gets_the_concurrency_that_handlers_leave(changes: dict[str, float], rate: float) -> None:
    assert _found(replace(CAPACITY, **changes), "Lambda").rate == pytest.approx(rate)  # type: ignore[arg-type]
