"""The crash matrix: death at every AWS call that a good run makes, whatever the sender then does."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import product
from typing import Any

from tests.faults.hazard import Call, Hazard, Point
from tests.faults.world import World, a_world

BODY = (
    '{"OrderNumber":1,"OrderPaymentId":1,"PaymentStatus":"Paid","Amount":20.0,'
    '"EventDateUtc":"2021-10-12T18:07:26.8794398Z","EventType":"CreateOrderPaymentEvent"%s}'
)
SMALL = BODY % ""
LARGE = BODY % f',"Note":"{"x" * 210_000}"'
OURS = "functions/ingest"


class Resend(Enum):
    """What the sender does when it gets no 200."""

    NEVER = "never"
    AT_ONCE = "at once"
    AFTER_A_DAY = "after a day"


class Scene(Enum):
    """Where in an event's life the deaths are looked for: which function makes the calls, and under what."""

    INGEST = "ingest"
    INGEST_LARGE = "ingest, large body"
    RELAY = "relay, after the queue did not take the event"
    HANDLER = "handler"
    HANDLER_LARGE = "handler, large body"
    HANDLER_FAILS_ONCE = "handler that fails at first"


FUNCTION = {Scene.INGEST: "ingest", Scene.INGEST_LARGE: "ingest", Scene.RELAY: "relay"}


@dataclass(frozen=True, slots=True)
class Cell:
    """One death, and the world in which it happens."""

    scene: Scene
    call: Call
    point: Point
    resend: Resend
    deliveries: int

    @property
    def kills_handler(self) -> bool:
        """Whether the function that dies is the handler: only it may have to run once more."""
        return self.call.function == "handler" and self.point is not Point.ANSWER_LOST


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a cell. `answered` is whether any delivery got 200."""

    answered: bool
    begun: list[str]
    completed: list[str]
    record: dict[str, Any] | None
    failures: int = 0

    @property
    def begun_again(self) -> bool:
        """The handler was begun more often than it failed and completed: it was killed in between."""
        return len(self.begun) > 1 + self.failures

    @property
    def lost(self) -> bool:
        """The event has no effect."""
        return self.record is None or not self.completed


def cells(receiver: str = OURS) -> Iterator[Cell]:
    """Every cell, from the calls that good runs are seen to make."""
    for scene in scenes(receiver):
        for call, point, resend, deliveries in product(calls(scene, receiver), Point, Resend, (1, 2)):
            yield Cell(scene, call, point, resend, deliveries)


def scenes(receiver: str) -> list[Scene]:
    """A baseline has no relay and nothing that handlers share."""
    return list(Scene) if receiver == OURS else [Scene.INGEST, Scene.HANDLER]


def calls(scene: Scene, receiver: str = OURS) -> list[Call]:
    """The AWS calls of the scene's function in a run in which nobody dies, in order."""
    hazard = Hazard()
    with a_world(hazard, receiver) as world:
        play(world, scene, Resend.NEVER, 1)
    functions = {FUNCTION.get(scene, "handler"), "poller" if scene is Scene.HANDLER else ""}
    seen = dict.fromkeys(call for call in hazard.calls if call.function in functions)
    return list(seen)


def outcome(cell: Cell, receiver: str = OURS) -> Outcome:
    """Play a cell to its end. Fails if the death did not take place."""
    hazard = Hazard(target=cell.call, point=cell.point)
    with a_world(hazard, receiver) as world:
        answered = play(world, cell.scene, cell.resend, cell.deliveries)
        assert hazard.struck, f"nothing died: {cell}"
        return _outcome(world, answered=answered)


def undisturbed(scene: Scene, receiver: str = OURS) -> Outcome:
    """What comes of one delivery when nobody dies."""
    hazard = Hazard()
    with a_world(hazard, receiver) as world:
        answered = play(world, scene, Resend.NEVER, 1)
        return _outcome(world, answered=answered)


def _outcome(world: World, *, answered: bool) -> Outcome:
    kept = {(item["pk"]["S"], item["sk"]["S"]): item for item in world.items("RecordsTable")}
    record = kept.get(("ORDER#1", "PAYMENT#1"))
    return Outcome(answered, world.runs.begun, world.runs.completed, record, world.runs.failed)


def play(world: World, scene: Scene, resend: Resend, deliveries: int) -> bool:
    """One event's life; returns whether it was answered 200.

    A second delivery arrives in the very moment in which the first one hangs.
    """
    body = LARGE if scene in {Scene.INGEST_LARGE, Scene.HANDLER_LARGE} else SMALL
    answers: list[int | None] = []
    if scene is Scene.RELAY:
        world.refuse_messages()
    if scene is Scene.HANDLER_FAILS_ONCE:
        world.fail_once()
    if deliveries == 2:
        world.hazard.meanwhile = lambda: answers.append(world.deliver(body))
    answers.append(world.deliver(body))
    world.take_messages()
    if 200 not in answers and resend is Resend.AT_ONCE:
        answers.append(world.deliver(body))
    world.settle()
    if 200 not in answers and resend is Resend.AFTER_A_DAY:
        world.advance(24 * 3600)
        answers.append(world.deliver(body))
        world.settle()
    return 200 in answers
