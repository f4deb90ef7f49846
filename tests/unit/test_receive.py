import json
from dataclasses import dataclass, field

import pytest

from tests.fakes import FakeInbox, FakeQueues, FakeStore, FakeTokenSource
from tests.unit.examples import RECEIVED_AT, delivery
from webhooks.errors import BadToken, MalformedDelivery, TooLarge, Unavailable
from webhooks.policy import BODY_LIMIT, INLINE_LIMIT
from webhooks.receive import Outcome, Receipt, Receiver
from webhooks.tokens import TokenVerifier


@dataclass
class _World:
    inbox: FakeInbox = field(default_factory=FakeInbox)
    queues: FakeQueues = field(default_factory=lambda: FakeQueues("CreateOrderEvent", "CustomEvent"))
    source: FakeTokenSource = field(default_factory=lambda: FakeTokenSource({"first": "t"}))
    store: FakeStore = field(default_factory=FakeStore)

    def receive(
        self,
        body: str = '{"EventType":"CreateOrderEvent"}',
        authorization: str = "Bearer t",
        claimant: str = "me",
        message_id: str = "1",
    ) -> Receipt:
        tokens = TokenVerifier(self.source, lambda: 0.0)
        receiver = Receiver(tokens, self.inbox, self.queues, self.store, {"CreateOrderEvent"})
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
    assert (receipt.status, receipt.outcome, receipt.published) == ("duplicate", Outcome.DUPLICATE, False)
    assert world.published == ["1"]


def test_of_two_events_of_one_key_the_first_stays_and_the_second_is_said_to_have_collided(world: _World) -> None:
    first = world.receive(claimant="first")
    receipt = world.receive('{"EventType":"CreateOrderEvent","OrderNumber":2}', claimant="second")
    assert (receipt.status, receipt.outcome, receipt.published) == ("duplicate", Outcome.COLLISION, False)
    assert world.inbox.events == {first.event.key: first.event}
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
    assert not world.inbox.events | world.store.bodies | world.store.rejected


def test_where_the_tokens_cannot_be_read_the_sender_has_to_send_again(world: _World) -> None:
    world.source.tokens = None
    with pytest.raises(Unavailable, match="the list of accepted tokens"):
        world.receive()


@pytest.mark.parametrize("body", ["not JSON", "[]", "{}"])
def test_what_is_not_understood_is_not_claimed_and_kept_aside_by_day(world: _World, body: str) -> None:
    with pytest.raises(MalformedDelivery):
        world.receive(body)
    assert not world.inbox.events
    ((name, document),) = world.store.rejected.items()
    assert name == f"{RECEIVED_AT[:10]}/me"
    assert json.loads(document)["body"] == body


def test_what_is_not_understood_and_cannot_be_kept_has_to_be_sent_again(world: _World) -> None:
    world.store.writable = False
    with pytest.raises(Unavailable):
        world.receive("not JSON")


def test_a_body_over_the_limit_travels_by_reference(world: _World) -> None:
    body = '{"EventType":"CreateOrderEvent"}'.ljust(INLINE_LIMIT + 1)
    receipt = world.receive(body)
    (sent,) = world.queues.messages["CreateOrderEvent"]
    assert receipt.event.body == sent.body == ""
    assert receipt.event.body_reference == sent.body_reference
    assert world.store.bodies == {sent.body_reference: body}
    assert world.inbox.events == {receipt.event.key: receipt.event}


def test_a_large_body_that_cannot_be_kept_is_not_claimed(world: _World) -> None:
    world.store.writable = False
    with pytest.raises(Unavailable, match="large"):
        world.receive('{"EventType":"CreateOrderEvent"}'.ljust(INLINE_LIMIT + 1))
    assert not world.inbox.events


def test_a_body_that_is_too_large_is_refused_and_nothing_is_kept(world: _World) -> None:
    with pytest.raises(TooLarge):
        world.receive("x" * (BODY_LIMIT + 1))
    assert not world.inbox.events | world.store.bodies | world.store.rejected
