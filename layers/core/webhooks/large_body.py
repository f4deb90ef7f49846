"""Claim check: a large body is stored in S3 and its event carries the reference."""

from dataclasses import replace
from typing import Protocol

from webhooks.event import AcceptedEvent
from webhooks.policy import INLINE_LIMIT


class MissingBody(Exception):
    """No body is stored under the reference: it has expired."""


class BodyStore(Protocol):
    """Stores large bodies."""

    def store_body(self, body: str) -> str:
        """Store a body and return its reference. Raises `Unavailable`."""

    def load_body(self, reference: str) -> str:
        """The body behind a reference. Raises `MissingBody`."""


def offload_large_body(event: AcceptedEvent, store: BodyStore) -> AcceptedEvent:
    """The event itself, or with a reference in place of a large body. Raises `Unavailable`."""
    if len(event.body.encode()) <= INLINE_LIMIT:
        return event
    return replace(event, body="", body_reference=store.store_body(event.body))
