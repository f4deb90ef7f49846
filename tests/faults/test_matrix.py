"""A death at any AWS call: nothing is lost, nothing happens twice."""

from collections import Counter
from functools import cache
from itertools import groupby, product

import pytest

from tests.faults.fault import Call, Point
from tests.faults.matrix import OTHER, SMALL, Cell, Outcome, Resend, Scene, calls, outcome, undisturbed
from tests.faults.stack import MAILING, TYPE
from webhooks.policy import MOST_DEATHS


def _ends_of_runs(of: list[Call]) -> list[Call]:
    """Of one operation many times in a row, as the relay's queries of its shards, the first and the last."""
    runs = [list(run) for _, run in groupby(of, key=lambda call: (call.function, call.operation))]
    return [call for run in runs for call in dict.fromkeys((run[0], run[-1]))]


CALLS = {scene: calls(scene) for scene in Scene}
MATRIX = [
    pytest.param(scene, call, point, id=f"{scene.value}: {call.number} {call.operation}, {point.value}")
    for scene in Scene
    for call in _ends_of_runs(CALLS[scene])
    for point in Point
]
expected = cache(undisturbed)


@pytest.mark.parametrize(("scene", "call", "point"), MATRIX)
def test_a_death_loses_nothing_and_doubles_nothing(scene: Scene, call: Call, point: Point) -> None:
    """Whatever the sender then does, and with a second delivery at that moment."""
    # Before the relay and the handler run, every delivery is answered 200: the sender sends nothing again.
    resends = tuple(Resend) if call.function == "ingest" else (Resend.NEVER,)
    for resend, deliveries in product(resends, (1, 2)):
        cell = Cell(scene, call, point, resend, deliveries)
        _check(cell, outcome(cell))


def _check(cell: Cell, seen: Outcome) -> None:
    good = expected(cell.scene)
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


def test_of_two_bodies_with_one_id_both_are_stored() -> None:
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
        ("relay", "UpdateItem"),
        ("handler", "PutItem"),
        ("handler", "UpdateItem"),
        ("handler", "ChangeMessageVisibility"),
        ("handler", "BatchGetItem"),
        ("handler", "DeleteMessage"),
        ("handler", "SendMessage"),
        ("poller", "DeleteMessage"),
        ("second handler", "UpdateItem"),
    }
