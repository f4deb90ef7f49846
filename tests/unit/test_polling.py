"""Webhooks against polling: the orders, the polls, the delays."""

from dataclasses import replace
from itertools import pairwise
from typing import cast

import pytest

from benchmarks import polling
from benchmarks.arrivals import STEPS, WEEK, WEEKS, Change, changes
from benchmarks.bodies import body
from benchmarks.cost_by_size import do_nothing
from benchmarks.costs.assumptions import Assumptions
from benchmarks.costs.measured import Aside, Events, events
from benchmarks.costs.model import Model
from benchmarks.costs.stack import Stack
from benchmarks.polling import Assumed, poll, received

HOUR = 3600
ASSUMED = Assumed(page=2, request_seconds=0.5, hop_seconds=0.1, idle_seconds=600, longest_wait=20)


def change(at: float, order: int = 1, event_type: str = "CreateOrderEvent") -> Change:
    return Change(at, order, event_type)


def test_a_week_of_orders_is_the_same_in_each_run_and_in_order() -> None:
    week = changes(10_000)
    assert week == changes(10_000) == sorted(week)
    assert week != changes(10_000, seed=2)
    assert len(week) == round(10_000 / WEEKS) * len(STEPS)
    assert all(0 <= each.at < WEEK for each in week)


def test_more_is_ordered_in_the_evening_than_at_night() -> None:
    hours = [each.at / HOUR % 24 for each in changes(10_000) if each.event_type == STEPS[0][0]]
    assert sum(18 <= hour < 22 for hour in hours) > 5 * sum(0 <= hour < 4 for hour in hours)


def test_a_change_is_known_when_the_next_poll_is_answered() -> None:
    polled = poll([change(1), change(10.5, 2), change(20, 3)], 10, ASSUMED)
    assert polled.delays == [9.5, 10, 0.5]
    assert (polled.requests, polled.unseen) == (WEEK // 10, 0)


def test_of_two_changes_of_one_order_between_two_polls_one_is_not_seen() -> None:
    polled = poll([change(1), change(2), change(3, 2), change(11)], 10, ASSUMED)
    assert (polled.unseen, polled.requests) == (1, WEEK // 10)


def test_what_does_not_fit_into_one_answer_takes_another_and_comes_later() -> None:
    polled = poll([change(8, 1), change(8, 2), change(8, 3)], 10, ASSUMED)
    assert (polled.delays, polled.requests) == ([2.5, 2.5, 3], WEEK // 10 + 1)


@pytest.fixture(scope="module")
def seen() -> Events:
    return events(body(), hand_over=do_nothing)


def _model(window: int) -> Model:
    stack = replace(Stack.of_template(), batch_window=window)
    return Model(stack, cast("Aside", None), Assumptions(cold_ms=700))


def _delays(window: int, seen: Events, *happened: Change) -> list[float]:
    return received(happened, _model(window), seen, ASSUMED)


def test_what_comes_to_functions_that_run_is_handled_at_once_and_the_first_begins_both_cold(seen: Events) -> None:
    first, second, other, late = _delays(
        0, seen, change(0), change(5), change(6, event_type="DailyEvent"), change(6 + 601)
    )
    assert 0.2 < second < 0.5
    assert (first, other, late) == pytest.approx((second + 1.4, second + 0.7, second + 1.4))


def test_a_batch_window_is_waited_for_and_up_to_20_seconds_where_there_is_little_traffic(seen: Events) -> None:
    (at_once,) = _delays(0, seen, change(0))
    many = [change(at * 21.0) for at in range(200)]
    waited = [slow - fast for slow, fast in zip(_delays(1, seen, *many), _delays(0, seen, *many), strict=True)]
    assert 1 <= min(waited) < 3
    assert 18 < max(waited) <= 20
    busy = _delays(1, seen, change(0), change(20))[1] - _delays(0, seen, change(0), change(20))[1]
    assert busy == pytest.approx(1)
    assert at_once > 1


def test_who_asks_more_often_pays_more_and_knows_sooner(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polling, "ORDERS", (100,))
    webhooks, *polls = polling.measure()["rows"]
    assert (webhooks["requests"], webhooks["unseen"]) == (0, 0)
    assert [row["requests"] for row in polls] == [262_800, 43_800, 8_760, 730]
    for more, less in pairwise(polls):
        assert more["dollars"] > less["dollars"] > less["fixed"] > 0
        assert more["delay_p50"] < less["delay_p50"] < less["delay_p95"] < less["every"] + 1
        assert more["unseen"] < less["unseen"]
