"""The path of a delivery: authorize, understand, claim, publish, mark, answer.

An event is safe the moment its claim succeeds. Only then is 200 said, and what fails after it fails no delivery:
an event that is not marked as published is published by the relay.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from webhooks.bodies import Bodies, checked_in
from webhooks.delivery import Delivery
from webhooks.errors import NotUnderstood, QueueUnavailable, Refused
from webhooks.event import Event, understand
from webhooks.rejected import RejectedStore, document


class Authority(Protocol):
    """Who may deliver."""

    def authorize(self, authorization: str) -> str:
        """The label of the token that a header carries. Raises `BadToken` or `Unavailable`."""


class Claim(Enum):
    """How a claim ended. A collision is a duplicate with another body: the first one stays."""

    OURS = "ours"
    DUPLICATE = "duplicate"
    COLLISION = "collision"


class Inbox(Protocol):
    """The table of accepted events."""

    def claim(self, event: Event, claimant: str, token_label: str = "") -> Claim:
        """Make the event ours, durably, unless it was seen before. Raises `Unavailable`.

        The label of the token that it came with is kept with it.
        A claim of the same claimant that is there already is ours too: its answer was lost, and it was tried again.
        """

    def mark_published(self, event: Event) -> bool:
        """Note that the event is on its queue; False if that could not be noted."""


class Queues(Protocol):
    """One queue per event type."""

    def publish(self, event: Event) -> None:
        """Put the event on its type's queue. Raises `QueueUnavailable`."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a delivery that is answered 200: `status` is "accepted" or "duplicate"."""

    status: str
    event: Event
    token_label: str
    published: bool
    collided: bool = False


@dataclass(frozen=True, slots=True)
class Receiver:
    """Takes deliveries; `types` are the event types that have a queue of their own."""

    authority: Authority
    inbox: Inbox
    queues: Queues
    bodies: Bodies
    rejected: RejectedStore
    types: Collection[str]

    def receive(self, delivery: Delivery, received_at: str, claimant: str) -> Receipt:
        """Take one delivery. Whatever this returns is answered 200; raises `Refused` for all else.

        `claimant` is unique to the invocation, so that a claim whose answer was lost is recognised as our own.
        """
        token_label = self.authority.authorize(delivery.header("Authorization"))
        try:
            return self._take(delivery, received_at, claimant, token_label)
        except Refused as refused:
            refused.token_label = token_label
            raise

    def _take(self, delivery: Delivery, received_at: str, claimant: str, token_label: str) -> Receipt:
        event = checked_in(self._understand(delivery, received_at, claimant), self.bodies)
        claim = self.inbox.claim(event, claimant, token_label)
        if claim is Claim.OURS:
            return Receipt("accepted", event, token_label, published=self._publish(event))
        return Receipt("duplicate", event, token_label, published=False, collided=claim is Claim.COLLISION)

    def _understand(self, delivery: Delivery, received_at: str, claimant: str) -> Event:
        try:
            return understand(delivery, self.types, received_at)
        except NotUnderstood as why:
            self.rejected.keep(f"{received_at[:10]}/{claimant}", document(delivery, why, received_at))
            raise

    def _publish(self, event: Event) -> bool:
        try:
            self.queues.publish(event)
        except QueueUnavailable:
            return False
        return self.inbox.mark_published(event)
