from collections.abc import Callable
from itertools import count

import pytest

from tests.fakes import FakeInbox, FakeOutbox, FakeQueues
from tests.unit.examples import event
from webhooks.event import AcceptedEvent, EventKey
from webhooks.relay import CHUNK, Run, relay

NEVER = "9999"


def _event(number: int, queue: str = "CreateOrderEvent") -> AcceptedEvent:
    return event(key=EventKey(f"m-{number}", "acme", queue), received_at=f"2021-10-12T18:08:00.{number:07}Z")


class _World:
    def __init__(self) -> None:
        self.inbox = FakeInbox()
        self.queues = FakeQueues("CreateOrderEvent", "CustomEvent")

    def accept(self, *events: AcceptedEvent) -> None:
        for each in events:
            self.inbox.claim(each, "me")

    def relay(self, before: str = NEVER, has_time: Callable[[], bool] = lambda: True) -> Run:
        return relay(FakeOutbox(self.inbox), self.queues, before, has_time)

    def published(self, queue: str = "CreateOrderEvent") -> list[str]:
        return [message.key.message_id for message in self.queues.messages[queue]]


@pytest.fixture
def world() -> _World:
    return _World()


def test_where_nothing_is_unpublished_there_is_nothing_to_do(world: _World) -> None:
    assert world.relay() == Run(0, 0, None, finished=True)


def test_what_is_unpublished_is_published_in_order_of_arrival_and_marked(world: _World) -> None:
    world.accept(*map(_event, (3, 1, 2)))
    assert world.relay() == Run(3, 0, _event(1).received_at, finished=True)
    assert world.published() == ["m-1", "m-2", "m-3"]
    assert not world.inbox.unpublished
    assert world.relay() == Run(0, 0, None, finished=True)


def test_each_event_goes_to_its_queue_whole(world: _World) -> None:
    aside = event("", EventKey("m-9", "acme", "AcmeBonusPaid"), queue="CustomEvent", body_reference="bodies/1")
    world.accept(_event(1), aside, _event(2))
    world.relay()
    assert world.published() == ["m-1", "m-2"]
    (message,) = world.queues.messages["CustomEvent"]
    assert (message.key, message.body_reference) == (aside.key, "bodies/1")


def test_an_event_that_ingest_may_still_have_in_hand_is_left_to_it(world: _World) -> None:
    world.accept(_event(1), _event(2))
    world.relay(before=_event(2).received_at)
    assert world.published() == ["m-1"]


def test_what_the_queue_does_not_take_stays_for_the_next_run_and_holds_nothing_up(world: _World) -> None:
    world.accept(*map(_event, (1, 2, 3)))
    world.queues.refused = {_event(2).key}
    assert world.relay() == Run(2, 1, _event(1).received_at, finished=True)
    assert world.inbox.unpublished == {_event(2).key}
    world.queues.refused = set()
    assert world.relay() == Run(1, 0, _event(2).received_at, finished=True)
    assert world.published() == ["m-1", "m-3", "m-2"]


def test_a_queue_that_is_down_does_not_hold_up_another(world: _World) -> None:
    world.accept(_event(1), _event(2, "CustomEvent"), _event(3))
    del world.queues.messages["CreateOrderEvent"]
    assert world.relay() == Run(1, 2, _event(1).received_at, finished=True)
    assert world.published("CustomEvent") == ["m-2"]


def test_an_event_that_could_not_be_marked_is_published_again_rather_than_lost(world: _World) -> None:
    world.accept(_event(1))
    world.inbox.markable = False
    assert world.relay() == Run(1, 0, _event(1).received_at, finished=True)
    world.inbox.markable = True
    world.relay()
    assert world.published() == ["m-1", "m-1"]
    assert not world.inbox.unpublished


@pytest.mark.parametrize("chunks", [0, 1, 2])
def test_when_time_is_up_no_new_chunk_is_begun(world: _World, chunks: int) -> None:
    world.accept(*map(_event, range(3 * CHUNK)))
    asked = count()
    run = world.relay(has_time=lambda: next(asked) < chunks)
    assert run == Run(chunks * CHUNK, 0, _event(0).received_at, finished=False)
    assert world.published() == [f"m-{number}" for number in range(chunks * CHUNK)]
    assert world.relay().finished
    assert world.published() == [f"m-{number}" for number in range(3 * CHUNK)]
