"""A death at any AWS call: nothing is lost, nothing happens twice.

`make test` plays a death before each call and one after the last, since one between two calls is before the second, and
each lost answer, with one of the sender's ways in turn. `make check` and `make reliability` play all.
"""

from collections import Counter
from functools import cache
from itertools import groupby, product

import pytest

from tests.faults.fault import Call, Point
from tests.faults.matrix import OTHER, SMALL, Cell, Resend, Scene, calls, outcome, undisturbed
from tests.faults.stack import MAILING, TYPE
from webhooks.policy import MOST_DEATHS


def _ends_of_runs(of: list[Call]) -> list[Call]:
    """Of one operation many times in a row, as the relay's queries of its shards, the first and the last."""
    runs = [list(run) for _, run in groupby(of, key=lambda call: (call.function, call.operation))]
    return [call for run in runs for call in dict.fromkeys((run[0], run[-1]))]


def _leaves_out(point: Point, call: Call, of: list[Call]) -> bool:
    """Whether `make test` leaves out a death because the one before the function's next call is the same."""
    following = of[of.index(call) + 1 :][:1]
    same_run = [each for each in following if each.function == call.function and each.number > call.number]
    return point is Point.AFTER_EFFECT or (point is Point.AFTER_ANSWER and bool(same_run))


def _ways(function: str) -> list[tuple[Resend, int]]:
    """What the sender may do, and the number of deliveries at the moment of the death."""
    # Before the relay and the handler run, every delivery is answered 200: the sender sends nothing again.
    return list(product(Resend if function == "ingest" else (Resend.NEVER,), (1, 2)))


CALLS = {scene: calls(scene) for scene in Scene}
MATRIX = [
    pytest.param(
        Cell(scene, call, point, *way),
        id=f"{scene.value}: {call.number} {call.operation}, {point.value}, {way[0].value}, {way[1]}",
        marks=[pytest.mark.thorough]
        if (turn + shift - number) % len(ways) or _leaves_out(point, call, CALLS[scene])
        else [],
    )
    for turn, (scene, call) in enumerate((scene, call) for scene in Scene for call in _ends_of_runs(CALLS[scene]))
    for shift, point in enumerate(Point)
    for ways in [_ways(call.function)]
    for number, way in enumerate(ways)
]
expected = cache(undisturbed)


@pytest.mark.parametrize("cell", MATRIX)
def test_a_death_loses_nothing_and_doubles_nothing(cell: Cell) -> None:
    """Whatever the sender then does, and with a second delivery at that moment."""
    seen, good = outcome(cell), expected(cell.scene)
    assert not seen.lost(cell.resend), cell
    assert seen.dead_letters == good.dead_letters, cell
    for order in seen.records.keys() & good.records.keys():
        assert seen.records[order] == good.records[order], cell
    runs = Counter(seen.runs.begun)
    assert len(runs) == len({(name, order) for name, order, _ in runs}), (
        "every run of an event has the same idempotency key"
    )
    extra = max(runs[run] - max(good.runs.begun.count(run), 1) for run in runs) if runs else 0
    assert extra <= _begun_again(cell), cell
    assert cell.kills_handler or not seen.doubled, cell


def _begun_again(cell: Cell) -> int:
    """How often the handler may begin again."""
    # If its message is not deleted after the dead letter, one that dies in every run does so from the start.
    most = MOST_DEATHS if cell.scene is Scene.HANDLER_DIES else 1
    return most if cell.kills_handler or (cell.scene, cell.call.function) == (Scene.HANDLER_DIES, "poller") else 0


def test_a_handler_that_always_dies_costs_itself_alone() -> None:
    seen = undisturbed(Scene.HANDLER_DIES)
    assert (seen.dead_letters, list(seen.records)) == ({SMALL}, [(TYPE, 2)])
    assert Counter(order for _, order, _ in seen.runs.begun) == {1: MOST_DEATHS, 2: 1}


def test_a_collision_stores_both_bodies() -> None:
    seen = undisturbed(Scene.COLLISION)
    assert (list(seen.records), seen.collisions) == ([(TYPE, 1)], {OTHER})


def test_one_handlers_failure_is_none_of_the_other() -> None:
    seen = undisturbed(Scene.TWO_HANDLERS_FAIL)
    assert Counter(name for name, *_ in seen.runs.begun) == {TYPE: 2, MAILING: 1}
    assert seen.records.keys() == {(TYPE, 1), (MAILING, 1)}


def test_the_calls_that_matter_are_in_the_matrix() -> None:
    """The calls are recorded, not listed: this guards against a recording that saw nothing."""
    seen = {(call.function, call.operation) for scene in Scene for call in CALLS[scene]}
    assert seen >= {
        ("ingest", "PutItem"),
        ("ingest", "PutObject"),
        ("ingest", "SendMessage"),
        ("relay", "SendMessageBatch"),
        ("relay", "BatchExecuteStatement"),
        ("handler", "PutItem"),
        ("handler", "UpdateItem"),
        ("handler", "ChangeMessageVisibility"),
        ("handler", "BatchGetItem"),
        ("handler", "DeleteMessage"),
        ("handler", "SendMessage"),
        ("poller", "DeleteMessage"),
        ("second handler", "UpdateItem"),
    }
