"""Polls and delays."""

from itertools import pairwise

import pytest

from benchmarks import polling
from benchmarks.costs.model import Assumptions, Model
from benchmarks.costs.observed import observe_events, observe_other
from benchmarks.costs.stack import Stack
from benchmarks.polling import STEPS, WEEK, WEEKS, Assumed, Change, changes, poll, webhook_delays
from tools.bodies import body

HOUR = 3600
ASSUMED = Assumed(page=2, request_seconds=0.5, hop_seconds=0.1, idle_seconds=600)


def change(at: float, order: int = 1, event_type: str = "CreateOrderEvent") -> Change:
    return Change(at, order, event_type)


def test_week_is_seeded_and_sorted() -> None:
    week = changes(10_000)
    assert week == changes(10_000) == sorted(week)
    assert week != changes(10_000, seed=2)
    assert len(week) == round(10_000 / WEEKS) * len(STEPS)


def test_evening_has_more_orders_than_night() -> None:
    hours = [each.at / HOUR % 24 for each in changes(10_000) if each.event_type == STEPS[0][0]]
    assert sum(18 <= hour < 22 for hour in hours) > 5 * sum(0 <= hour < 4 for hour in hours)


def test_change_is_known_after_the_next_poll() -> None:
    polled = poll([change(1), change(10.5, 2), change(20, 3)], 10, ASSUMED)
    assert polled.delays == [9.5, 10, 0.5]
    assert (polled.requests, polled.unseen) == (WEEK // 10, 0)


def test_second_change_between_polls_is_unseen() -> None:
    polled = poll([change(1), change(2), change(3, 2), change(11)], 10, ASSUMED)
    assert (polled.unseen, polled.requests) == (1, WEEK // 10)


def test_second_page_is_another_request() -> None:
    polled = poll([change(8, 1), change(8, 2), change(8, 3)], 10, ASSUMED)
    assert (polled.delays, polled.requests) == ([2.5, 2.5, 3], WEEK // 10 + 1)


def test_idle_functions_start_cold() -> None:
    model = Model(Stack.of_template(), observe_other(), Assumptions(cold_ms=700))
    week = [change(0), change(5), change(6, event_type="DailyEvent"), change(6 + 601)]
    first, second, other, late = webhook_delays(week, model, observe_events(body()), ASSUMED)
    assert 0.2 < second < 0.5
    assert (first, other, late) == pytest.approx((second + 1.4, second + 0.7, second + 1.4))


def test_shorter_interval_costs_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polling, "ORDERS", (100,))
    _, *polls = polling.measure()["rows"]
    assert [row["way"] for row in polls] == ["polling, 10 s", "polling, 1 min", "polling, 5 min", "polling, 1 h"]
    for more, less in pairwise(polls):
        assert more["dollars"] > less["dollars"] > less["fixed"] > 0
        assert more["delay_p50"] < less["delay_p50"] < less["delay_p95"]
