"""What a million events cost, by size and beside other ways."""

import json
from typing import Any

import pytest

from benchmarks import cost_by_size
from benchmarks.cost_by_size import AIM_SIZE, SIZES
from benchmarks.hosted import Plan
from benchmarks.series import FLOOR, HOSTED, OURS, RECORDED, USUAL, by_size, by_way, parts_at


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    return cost_by_size.measure()


def test_an_event_of_ours_is_seven_units_in_five_calls_and_of_the_usual_two_in_three(told: dict[str, Any]) -> None:
    """Outcome (with two index entries), mark (out of one), and the two notes of `once`."""
    ours, usual = (told["ways"][way][AIM_SIZE] for way in (OURS, USUAL))
    assert (ours["write_units"], len(ours["calls"])) == (3 + 2 + 2, 5)
    assert (usual["write_units"], usual["calls"]) == (2, ["PutItem", "SendMessage", "UpdateItem"])


def test_the_stronger_the_promise_the_dearer(told: dict[str, Any]) -> None:
    for size in SIZES:
        floor, usual, ours, recorded = (told["ways"][way][size]["dollars"] for way in (FLOOR, USUAL, OURS, RECORDED))
        assert 1 < floor < usual < ours < recorded


def test_the_parts_are_the_whole(told: dict[str, Any]) -> None:
    for sizes in told["ways"].values():
        for each in sizes.values():
            assert sum(each["parts"].values()) == pytest.approx(each["dollars"])


def test_a_body_of_2_kb_costs_as_many_units_as_one_of_half_a_kb(told: dict[str, Any]) -> None:
    small, larger = (told["ways"][OURS][size] for size in (512, 2048))
    assert small["write_units"] == larger["write_units"]
    assert larger["dollars"] - small["dollars"] < 0.2


def test_each_lever_would_save_something_and_less_than_there_is(told: dict[str, Any]) -> None:
    ours = told["ways"][OURS][AIM_SIZE]["dollars"]
    assert all(-ours < dollars < 0 for dollars in told["levers"].values()), told["levers"]


def test_a_hosted_plan_is_paid_by_the_month_and_by_each_event_that_it_does_not_include() -> None:
    plan = Plan("", monthly=39, included=10_000, each=0.0001, source="")
    assert [plan.dollars(events) for events in (0, 10_000, 20_000)] == pytest.approx([39, 39, 40])


def test_what_is_drawn_is_the_same_before_and_after_it_was_written_to_a_file(told: dict[str, Any]) -> None:
    again = json.loads(json.dumps(told))
    assert by_size(again) == by_size(told)
    assert parts_at(again, AIM_SIZE) == parts_at(told, AIM_SIZE)


def test_of_each_way_the_parts_are_drawn_and_of_a_hosted_one_the_whole(told: dict[str, Any]) -> None:
    names, parts = parts_at(told, AIM_SIZE)
    assert names[:3] == [OURS, USUAL, FLOOR]
    assert parts["API"][:3] == pytest.approx([told["ways"][way][AIM_SIZE]["parts"]["API"] for way in names[:3]])
    assert parts[HOSTED] == [0, 0, 0, *(plan["a_million"] for plan in told["hosted"])]
    sizes, dollars = by_size(told)[OURS]
    assert sizes == [0.5, 2, 20, 100]
    assert dollars[1] == told["ways"][OURS][AIM_SIZE]["dollars"]


def test_rows_are_drawn_by_volume_each_by_its_name() -> None:
    rows = [{"orders": orders, "every": every} for orders in (100, 1000) for every in (0, 10, 60, 300, 3600)]
    names = ["webhooks", "polling, 10 s", "polling, 1 min", "polling, 5 min", "polling, 1 h"]
    assert {orders: [name for name, _ in found] for orders, found in by_way({"rows": rows}).items()} == {
        100: names,
        1000: names,
    }
