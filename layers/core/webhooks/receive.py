"""Receive a delivery: authorize, parse, claim, publish.

An event is durable once its claim, a single conditional write, succeeds; only then do we return 200.
Later steps may fail: the relay publishes every event that is not marked as published.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

from webhooks.delivery import Delivery
from webhooks.errors import MalformedDelivery, Refused
from webhooks.event import AcceptedEvent, collision_id, parse_event
from webhooks.large_body import BodyStore, offload_large_body
from webhooks.rejected import RejectedStore, collision_document, document
from webhooks.routing import Routing
from webhooks.tokens import TokenVerifier


class Outcome(Enum):
    """What a claim found. A collision is a duplicate with a different body, which is stored for an operator."""

    ACCEPTED = auto()
    DUPLICATE = auto()
    COLLISION = auto()


class Inbox(Protocol):
    """The table of accepted events."""

    def claim(self, event: AcceptedEvent, claimant: str, token_label: str = "") -> Outcome:
        """Insert the event unless its key exists. Raises `Unavailable`.

        An item of the same `claimant` is our own: its answer was lost and the SDK tried again.
        """

    def mark_published(self, event: AcceptedEvent, pending: Collection[str] = ()) -> bool:
        """Record that the event is on the queues of its handlers but for `pending` ones; False if it is not on all.

        False too if that could not be recorded.
        """


class Queues(Protocol):
    """One queue per handler."""

    def publish(self, event: AcceptedEvent, has_time: Callable[[], bool]) -> tuple[str, ...]:
        """Send the event to the queue of each of its handlers; returns the handlers whose queue did not take it.

        Without time for another queue, the rest is left out.
        """


class Store(BodyStore, RejectedStore, Protocol):
    """Large bodies, rejected deliveries and collisions."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The result of a delivery that is answered 200."""

    outcome: Outcome
    event: AcceptedEvent
    token_label: str
    published: bool

    @property
    def status(self) -> str:
        """The response's `status` field: "accepted" or "duplicate"."""
        return "accepted" if self.outcome is Outcome.ACCEPTED else "duplicate"


@dataclass(frozen=True, slots=True)
class Receiver:
    """Receives deliveries."""

    tokens: TokenVerifier
    inbox: Inbox
    queues: Queues
    store: Store
    routing: Routing

    def receive(
        self, delivery: Delivery, received_at: str, claimant: str, has_time: Callable[[], bool] = lambda: True
    ) -> Receipt:
        """Receive one delivery. Answer 200 if this returns; it raises `Refused` otherwise.

        `claimant` is unique to the invocation; `has_time` says whether there is time for one more queue.
        """
        token_label = self.tokens.authorize(delivery.header("Authorization"))
        try:
            event = self._parse(delivery, received_at, claimant)
            event = offload_large_body(event, self.store)
            outcome = self.inbox.claim(event, claimant, token_label)
            if outcome is Outcome.COLLISION:
                self.store.store_collision(collision_id(event), collision_document(event))
            published = outcome is Outcome.ACCEPTED and self._publish(event, has_time)
        except Refused as refused:
            refused.token_label = token_label
            raise
        return Receipt(outcome, event, token_label, published)

    def _parse(self, delivery: Delivery, received_at: str, claimant: str) -> AcceptedEvent:
        try:
            return parse_event(delivery, self.routing, received_at)
        except MalformedDelivery as why:
            self.store.store_rejected(f"{received_at[:10]}/{claimant}", document(delivery, why, received_at))
            raise

    def _publish(self, event: AcceptedEvent, has_time: Callable[[], bool]) -> bool:
        pending = self.queues.publish(event, has_time)
        if len(pending) == len(event.handlers):
            return False  # no queue took it: the relay sends to all, as for an event that was only claimed
        return self.inbox.mark_published(event, pending)
