from dataclasses import dataclass, field

import pytest

from tests.fakes import FakeInbox, FakeQueues, FakeTokenSource
from tests.unit.examples import RECEIVED_AT, delivery
from webhooks.errors import BadToken, NotUnderstood, Unavailable
from webhooks.receive import Receipt, Receiver
from webhooks.tokens import Tokens


@dataclass
class _World:
    inbox: FakeInbox = field(default_factory=FakeInbox)
    queues: FakeQueues = field(default_factory=lambda: FakeQueues("CreateOrderEvent", "CustomEvent"))
    source: FakeTokenSource = field(default_factory=lambda: FakeTokenSource({"first": "t"}))

    def receive(
        self,
        body: str = '{"EventType":"CreateOrderEvent"}',
        authorization: str = "Bearer t",
        claimant: str = "me",
        message_id: str = "1",
    ) -> Receipt:
        receiver = Receiver(Tokens(self.source, lambda: 0.0), self.inbox, self.queues, {"CreateOrderEvent"})
        delivered = delivery(body, Authorization=authorization, X_Directscale_Message_Id=message_id)
        return receiver.receive(delivered, RECEIVED_AT, claimant)

    @property
    def published(self) -> list[str]:
        return [message.key.message_id for messages in self.queues.messages.values() for message in messages]


@pytest.fixture
def world() -> _World:
    return _World()


def test_an_event_is_claimed_published_and_marked(world: _World) -> None:
    receipt = world.receive()
    assert (receipt.status, receipt.published, receipt.token_label) == ("accepted", True, "first")
    assert world.inbox.events == {receipt.event.key: receipt.event}
    assert world.published == ["1"]
    assert not world.inbox.unpublished


def test_a_duplicate_is_said_to_be_one_and_is_not_published_again(world: _World) -> None:
    world.receive(claimant="first")
    receipt = world.receive(claimant="second")
    assert (receipt.status, receipt.published) == ("duplicate", False)
    assert world.published == ["1"]


def test_a_claim_whose_answer_was_lost_goes_on_to_be_published(world: _World) -> None:
    world.queues.messages.clear()
    world.receive(claimant="me")
    world.queues.messages["CreateOrderEvent"] = []
    assert world.receive(claimant="me").status == "accepted"
    assert world.published == ["1"]


def test_repeated_events_with_new_message_ids_are_all_accepted(world: _World) -> None:
    for number in ("1", "2", "3"):
        assert world.receive(message_id=number).status == "accepted"
    assert world.published == ["1", "2", "3"]


def test_a_queue_outage_fails_no_delivery_and_leaves_the_event_to_the_relay(world: _World) -> None:
    world.queues.messages.clear()
    receipt = world.receive()
    assert (receipt.status, receipt.published) == ("accepted", False)
    assert world.inbox.unpublished == {receipt.event.key}


def test_an_event_that_could_not_be_marked_is_accepted_and_left_to_the_relay(world: _World) -> None:
    world.inbox.markable = False
    receipt = world.receive()
    assert (receipt.status, receipt.published) == ("accepted", False)
    assert world.published == ["1"]
    assert world.inbox.unpublished == {receipt.event.key}


def test_an_event_that_could_not_be_claimed_is_refused_and_not_published(world: _World) -> None:
    world.inbox.writable = False
    with pytest.raises(Unavailable, match="the inbox"):
        world.receive()
    assert world.published == []


@pytest.mark.parametrize("body", ['{"EventType":"CreateOrderEvent"}', "not JSON", "x" * 300_000])
def test_without_an_accepted_token_the_body_is_not_looked_at(world: _World, body: str) -> None:
    with pytest.raises(BadToken):
        world.receive(body, authorization="Bearer guess")
    assert not world.inbox.events


def test_where_the_tokens_cannot_be_read_the_sender_has_to_send_again(world: _World) -> None:
    world.source.tokens = None
    with pytest.raises(Unavailable, match="the list of accepted tokens"):
        world.receive()


@pytest.mark.parametrize("body", ["not JSON", "[]", "{}"])
def test_what_is_not_understood_is_not_claimed(world: _World, body: str) -> None:
    with pytest.raises(NotUnderstood):
        world.receive(body)
    assert not world.inbox.events
