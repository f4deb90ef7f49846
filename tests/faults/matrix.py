"""The crash matrix: a death at every AWS call that a good run makes, whatever the sender then does."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from itertools import product
from typing import Any

from tests.faults.fault import Call, Fault, Point
from tests.faults.simulation import FUNCTIONS, OURS, Runs, Simulation, simulation
from tests.faults.stack import MAILING, TYPE

BODY = (
    '{"OrderNumber":%s,"OrderPaymentId":1,"PaymentStatus":"Paid","Amount":20.0,'
    '"EventDateUtc":"2021-10-12T18:07:26.8794398Z","EventType":"CreateOrderPaymentEvent"%s}'
)
SMALL = BODY % (1, "")
LARGE = BODY % (1, f',"Note":"{"x" * 210_000}"')
NEIGHBOUR, THIRD = BODY % (2, ""), BODY % (4, "")
"""Other events."""

OTHER = BODY % (3, "")
"""Another body with the id of the first."""

IDS = {NEIGHBOUR: "m-2", THIRD: "m-3"}
"""Message ids of the other events; that of the first is m-1."""


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
    HANDLER_DIES_ONCE = "handler that dies in its first run, with a neighbour"
    HANDLER_DIES = "handler that dies in every run, with a neighbour"
    COLLISION = "ingest, a body whose id is taken"
    RACE = "ingest, two bodies with one id at once"
    TWO_INGEST = "ingest, two handlers"
    TWO_INGEST_DOWN = "ingest, two handlers, the queue of one is down"
    TWO_RELAY = "relay, two handlers, neither of which has the event"
    TWO_RELAY_DOWN = "relay, two handlers, one of which has the event"
    TWO_RELAY_PARTS = "relay, two handlers and three events, a part of two batches fails"
    TWO_HANDLERS = "two handlers"
    TWO_HANDLERS_FAIL = "two handlers, one of which fails at first"


RELAYED = (Scene.RELAY, Scene.TWO_RELAY, Scene.TWO_RELAY_DOWN, Scene.TWO_RELAY_PARTS)
FUNCTION = dict.fromkeys(RELAYED, "relay") | dict.fromkeys(
    (Scene.INGEST, Scene.INGEST_LARGE, Scene.COLLISION, Scene.RACE, Scene.TWO_INGEST, Scene.TWO_INGEST_DOWN), "ingest"
)
POLLED = {Scene.HANDLER, Scene.HANDLER_DIES_ONCE, Scene.HANDLER_DIES, Scene.TWO_HANDLERS}
TWO = {scene for scene in Scene if scene.name.startswith("TWO_")}
REFUSED = {
    Scene.RELAY: {"SendMessage", "SendMessageBatch"},
    Scene.TWO_RELAY: {"SendMessage", "SendMessageBatch"},
    Scene.TWO_RELAY_PARTS: {"SendMessage", "SendMessageBatch"},
    Scene.TWO_INGEST_DOWN: {f"webhooks-events-{MAILING}"},
    Scene.TWO_RELAY_DOWN: {f"webhooks-events-{MAILING}"},
}
"""What is down while the event is delivered."""
PARTIAL = {Scene.TWO_RELAY_PARTS: {f"webhooks-events-{MAILING}": "m-2", "InboxTable": "m-1"}}
"""Whose part of a batch fails in the relay's first run, by the queue or table."""
DEATHS = {Scene.HANDLER_DIES_ONCE: 1, Scene.HANDLER_DIES: 1000}


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
        return self.call.function in FUNCTIONS.values() and self.point is not Point.ANSWER_LOST


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a cell: the bodies sent and those answered 200, and what became of them.

    `records` are by the handler and the order's number, and without their version, which holds the time of receipt.
    `handlers` are those that are to handle each event.
    """

    sent: set[str]
    answered: set[str]
    records: dict[tuple[str, int], dict[str, Any]]
    collisions: set[str]
    dead_letters: set[str]
    runs: Runs
    handlers: tuple[str, ...]

    @property
    def stored(self) -> set[str]:
        """The bodies that have an effect, or wait for an operator."""
        handled = {(name, order) for name, order, _ in self.runs.completed} & self.records.keys()
        by_all = {body for body in self.sent if all((name, _order(body)) in handled for name in self.handlers)}
        return by_all | self.collisions | self.dead_letters

    @property
    def lost_after_200(self) -> set[str]:
        """The bodies that were answered 200 and not stored."""
        return self.answered - self.stored

    def lost(self, resend: Resend) -> set[str]:
        """The bodies that were answered 200, or sent again without a fault, and not stored."""
        return (self.answered if resend is Resend.NEVER else self.sent) - self.stored

    @property
    def begun_again(self) -> bool:
        """Whether a run was begun that neither failed nor died by itself nor completed: it was killed."""
        return len(self.runs.begun) > len(set(self.runs.begun)) + self.runs.cut_short

    @property
    def doubled(self) -> bool:
        """Whether an event was handled twice."""
        return len(self.runs.completed) > len(set(self.runs.completed))


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
    handlers = {"handler", "second handler"} | ({"poller"} if scene in POLLED else set())
    functions = {FUNCTION[scene]} if scene in FUNCTION else handlers
    found = list(dict.fromkeys(call for call in fault.calls if call.function in functions))
    if functions == {"relay"}:  # its threads run in any order
        steps = list(dict.fromkeys(call.operation for call in found))
        found.sort(key=lambda call: (steps.index(call.operation), call.on, call.number))
    return found


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
    with simulation(fault, receiver, f"{MAILING}={TYPE}" if scene in TWO else "") as simulated:
        answers = _live(simulated, scene, resend, deliveries)
        records = {_effect(item): item for item in simulated.items("RecordsTable")}
        return Outcome(
            sent=set(answers),
            answered={body for body in answers if 200 in answers[body]},
            records={effect: item | {"version": None} for effect, item in records.items()},
            collisions=simulated.collisions(),
            dead_letters=simulated.dead_letters(),
            runs=simulated.runs,
            handlers=(TYPE, MAILING) if scene in TWO else (TYPE,),
        )


@dataclass(slots=True)
class _Sender:
    """Sends bodies, and remembers the answers to each."""

    simulated: Simulation
    answers: dict[str, list[int | None]] = field(default_factory=dict)

    def deliver(self, *bodies: str) -> None:
        """Deliver each of them once."""
        for body in bodies:
            self.answers.setdefault(body, []).append(self.simulated.deliver(body, IDS.get(body, "m-1")))

    def deliver_again(self) -> None:
        """Deliver what was never answered 200."""
        self.deliver(*[body for body in self.answers if 200 not in self.answers[body]])


def _live(simulated: Simulation, scene: Scene, resend: Resend, deliveries: int) -> dict[str, list[int | None]]:
    """The whole life of one event, or of two; returns the answers to each body.

    A second delivery arrives at the moment of the death.
    """
    sender = _Sender(simulated)
    body = _prepared(sender, scene)
    at_once = (OTHER,) if scene is Scene.RACE else ()
    simulated.fault.meanwhile = lambda: sender.deliver(*at_once, *[body] * (deliveries - 1))
    sender.deliver(body)
    if scene in DEATHS:
        sender.deliver(NEIGHBOUR)
    if scene in PARTIAL:
        sender.deliver(NEIGHBOUR, THIRD)
    simulated.fault.refused = set()
    if resend is Resend.AT_ONCE:
        sender.deliver_again()
    if scene in PARTIAL:
        simulated.relay_in_part(PARTIAL[scene])
    simulated.run_until_quiet()
    if resend is Resend.AFTER_A_DAY and any(200 not in got for got in sender.answers.values()):
        simulated.advance(24 * 3600)
        sender.deliver_again()
        simulated.run_until_quiet()
    return sender.answers


def _prepared(sender: _Sender, scene: Scene) -> str:
    """Arrange what is special in a scene; returns the body to deliver."""
    sender.simulated.fault.refused = REFUSED.get(scene, set())
    if scene in {Scene.HANDLER_FAILS_ONCE, Scene.TWO_HANDLERS_FAIL}:
        sender.simulated.failures_to_come = 1
    sender.simulated.deaths_to_come = DEATHS.get(scene, 0)
    if scene is Scene.COLLISION:
        with sender.simulated.fault.disabled():
            sender.deliver(SMALL)
        return OTHER
    return LARGE if scene in {Scene.INGEST_LARGE, Scene.HANDLER_LARGE} else SMALL


def _effect(record: dict[str, Any]) -> tuple[str, int]:
    """The handler and the order of a record."""
    name, _, order = record["pk"]["S"].partition("#")
    return name, int(order)


def _order(body: str) -> int:
    return int(json.loads(body)["OrderNumber"])
