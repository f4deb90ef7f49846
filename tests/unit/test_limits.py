"""The limits that docs/scale.md tells: computed from the template as it stands."""

from dataclasses import replace

import pytest

from benchmarks.limits.capacity import Capacity
from benchmarks.limits.limits import Limit, in_order, in_trouble
from benchmarks.limits.report import PAGE, page
from tests.template.resources import TEMPLATE, event_types

PLAIN = Capacity(
    rate_limit=100,
    burst_limit=500,
    types=10,
    at_once=20,
    batch=10,
    shards=16,
    ingest=0.050,
    handler=0.500,
    relay=1.0,
    relay_share=0.5,
    inbox_units=2,
    index_units={"unpublished": 2, "by_type": 1},
    once_units=2,
)


def _found(capacity: Capacity, words: str) -> Limit:
    (limit,) = (each for each in (*in_order(capacity), *in_trouble(capacity)) if words in each.what)
    return limit


def test_the_page_says_what_is_computed_today() -> None:
    assert PAGE.read_text() == page(PAGE.read_text()), "stale: run `make limits`"


def test_the_template_and_the_code_are_what_is_counted() -> None:
    capacity = Capacity.of_template()
    assert (capacity.rate_limit, capacity.types) == (
        int(TEMPLATE["Parameters"]["RateLimit"]["Default"]),
        len(event_types()),
    )
    assert (capacity.at_once, capacity.batch) == (10, 10)
    assert (capacity.inbox_units, capacity.index_units) == (2, {"unpublished": 2, "by_type": 1})
    assert (capacity.once_units, capacity.relay_share) == (2, 0.75)
    # Three calls, each waited for 8 ms; 2 ms of a whole processor for each and the function, which has 1024/1769 of it.
    assert capacity.ingest == pytest.approx((3 * 8 + 4 * 2 * 1769 / 1024) / 1000)


def test_limits_come_in_order_and_the_first_is_the_template_s_own() -> None:
    rates = [limit.rate for limit in in_order(PLAIN)]
    assert rates == sorted(rates)
    assert in_order(PLAIN)[0].what.startswith("`RateLimit` 100")
    assert in_order(replace(PLAIN, rate_limit=20_000))[0].what.startswith("`MaximumConcurrency` 20")


@pytest.mark.parametrize(
    ("words", "rate"),
    [
        ("`MaximumConcurrency`", 20 * 10 / 0.5),
        ("2 of the table", 4000 / 2),
        ("an event takes 2 of", 4000 / 2),
        ("`unpublished`: 16 keys", 16 * 1000 / 2),
        ("`by_type`: 16 keys", 16 * 1000),
        ("40,000 units", 40_000 / 5),
        ("one relay", 0.5 * 50 / 1.0),
        ("in flight", 120_000 / 99_305),
    ],
)
def test_each_limit_is_what_there_is_by_what_one_event_takes(words: str, rate: float) -> None:
    assert _found(PLAIN, words).rate == pytest.approx(rate)


def test_handlers_at_work_leave_the_less_to_ingest() -> None:
    assert _found(PLAIN, "Lambda").rate == 10 * (1000 - 10 * 20)
    assert _found(replace(PLAIN, types=20), "Lambda").rate == 10 * (1000 - 20 * 20)


def test_a_short_invocation_gains_nothing_below_a_tenth_of_a_second_and_a_longer_one_takes_its_time() -> None:
    assert _found(replace(PLAIN, ingest=0.010), "Lambda").rate == _found(PLAIN, "Lambda").rate
    assert _found(replace(PLAIN, ingest=0.200), "Lambda").rate == pytest.approx(5 * (1000 - 200))


def test_ten_thousand_a_second_take_more_shards_of_the_one_index_only() -> None:
    assert _found(PLAIN, "`unpublished`: 16 keys").needed == "`SHARDS` of at least 20"
    assert _found(PLAIN, "`by_type`: 16 keys").needed == "`SHARDS` of at least 16"
