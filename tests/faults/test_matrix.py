"""A death at any AWS call: nothing is lost, nothing happens twice."""

from functools import cache
from itertools import groupby, product

import pytest

from tests.faults.fault import Call, Point
from tests.faults.matrix import Cell, Outcome, Resend, Scene, calls, outcome, undisturbed


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
    for resend, deliveries in product(Resend, (1, 2)):
        cell = Cell(scene, call, point, resend, deliveries)
        _check(cell, outcome(cell))


def _check(cell: Cell, seen: Outcome) -> None:
    good = expected(cell.scene)
    if seen.answered or cell.resend is not Resend.NEVER:
        assert not seen.lost, cell
        assert seen.record == good.record, cell
    if seen.lost:
        return
    extra = len(seen.begun) - len(good.begun)
    assert len(set(seen.begun)) == 1, "every run has the same idempotency key"
    if cell.kills_handler:
        assert extra <= 1, cell
    else:
        assert (extra, len(seen.completed)) == (0, 1), cell


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
        ("poller", "DeleteMessage"),
    }
