"""The crash matrix: a death at every AWS call that a good run makes, whatever the sender then does."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import product
from typing import Any

from tests.faults.fault import Call, Fault, Point
from tests.faults.simulation import OURS, Simulation, simulation

BODY = (
    '{"OrderNumber":1,"OrderPaymentId":1,"PaymentStatus":"Paid","Amount":20.0,'
    '"EventDateUtc":"2021-10-12T18:07:26.8794398Z","EventType":"CreateOrderPaymentEvent"%s}'
)
SMALL = BODY % ""
LARGE = BODY % f',"Note":"{"x" * 210_000}"'


class Resend(Enum):
    """What the sender does when it gets no 200."""

    NEVER = "never"
    AT_ONCE = "at once"
    AFTER_A_DAY = "after a day"


class Scene(Enum):
    """Which part of an event's life is disturbed: the function that makes the calls, and its circumstances."""

    INGEST = "ingest"
    INGEST_LARGE = "ingest, large body"
    RELAY = "relay, after the queue did not take the event"
    HANDLER = "handler"
    HANDLER_LARGE = "handler, large body"
    HANDLER_FAILS_ONCE = "handler that fails at first"


FUNCTION = {Scene.INGEST: "ingest", Scene.INGEST_LARGE: "ingest", Scene.RELAY: "relay"}


@dataclass(frozen=True, slots=True)
class Cell:
    """One death, and the simulation in which it happens."""

    scene: Scene
    call: Call
    point: Point
    resend: Resend
    deliveries: int

    @property
    def kills_handler(self) -> bool:
        """Whether the handler dies: only then may it have to run once more."""
        return self.call.function == "handler" and self.point is not Point.ANSWER_LOST


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a cell. `answered` is whether any delivery got 200."""

    answered: bool
    begun: list[str]
    completed: list[str]
    record: dict[str, Any] | None
    failures: int

    @property
    def begun_again(self) -> bool:
        """Whether a run was begun that neither failed nor completed: it was killed."""
        return len(self.begun) > 1 + self.failures

    @property
    def lost(self) -> bool:
        """Whether the event has no effect."""
        return self.record is None or not self.completed


def cells(receiver: str = OURS) -> Iterator[Cell]:
    """Every cell, from the recorded calls of good runs."""
    # A baseline has no relay and nothing that handlers share.
    for scene in Scene if receiver == OURS else (Scene.INGEST, Scene.HANDLER):
        for call, point, resend, deliveries in product(calls(scene, receiver), Point, Resend, (1, 2)):
            yield Cell(scene, call, point, resend, deliveries)


def calls(scene: Scene, receiver: str = OURS) -> list[Call]:
    """The AWS calls of the scene's function in a run without a death, in order."""
    fault = Fault()
    _run(fault, scene, Resend.NEVER, 1, receiver)
    functions = {FUNCTION.get(scene, "handler"), "poller" if scene is Scene.HANDLER else ""}
    return list(dict.fromkeys(call for call in fault.calls if call.function in functions))


def outcome(cell: Cell, receiver: str = OURS) -> Outcome:
    """Run a cell to its end. Fails if the death did not take place."""
    fault = Fault(target=cell.call, point=cell.point)
    found = _run(fault, cell.scene, cell.resend, cell.deliveries, receiver)
    assert fault.happened, f"nothing died: {cell}"
    return found


def undisturbed(scene: Scene) -> Outcome:
    """The outcome of one delivery when nothing dies."""
    return _run(Fault(), scene, Resend.NEVER, 1, OURS)


def _run(fault: Fault, scene: Scene, resend: Resend, deliveries: int, receiver: str) -> Outcome:
    with simulation(fault, receiver) as simulated:
        answered = _live(simulated, scene, resend, deliveries)
        records = {(item["pk"]["S"], item["sk"]["S"]): item for item in simulated.items("RecordsTable")}
        record = records.get(("ORDER#1", "PAYMENT#1"))
        runs = simulated.runs
        return Outcome(answered, runs.begun, runs.completed, record, runs.failed)


def _live(simulated: Simulation, scene: Scene, resend: Resend, deliveries: int) -> bool:
    """The whole life of one event; returns whether it was answered 200.

    A second delivery arrives at the moment of the death.
    """
    body = LARGE if scene in {Scene.INGEST_LARGE, Scene.HANDLER_LARGE} else SMALL
    answers: list[int | None] = []
    if scene is Scene.RELAY:
        simulated.fault.refused = {"SendMessage", "SendMessageBatch"}
    if scene is Scene.HANDLER_FAILS_ONCE:
        simulated.failures_to_come = 1
    if deliveries == 2:
        simulated.fault.meanwhile = lambda: answers.append(simulated.deliver(body))
    answers.append(simulated.deliver(body))
    simulated.fault.refused = set()
    if 200 not in answers and resend is Resend.AT_ONCE:
        answers.append(simulated.deliver(body))
    simulated.run_until_quiet()
    if 200 not in answers and resend is Resend.AFTER_A_DAY:
        simulated.advance(24 * 3600)
        answers.append(simulated.deliver(body))
        simulated.run_until_quiet()
    return 200 in answers
