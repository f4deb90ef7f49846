"""Claim check: a large body is stored aside and travels by reference."""

from dataclasses import replace
from typing import Protocol

from webhooks.event import Event

INLINE_LIMIT = 32 * 1024
"""Bytes of a body that travels with its event. Larger ones are stored aside, which costs less: docs/decisions.md."""


class Bodies(Protocol):
    """Where large bodies are kept."""

    def keep(self, body: str) -> str:
        """Store a body, durably, and return its reference. Raises `Unavailable`."""

    def fetch(self, reference: str) -> str:
        """The body of a reference."""


def checked_in(event: Event, bodies: Bodies) -> Event:
    """The event as it travels: with its body, or with the reference of its body. Raises `Unavailable`."""
    # A character takes 1 to 4 bytes: most bodies need not be encoded to be measured.
    if len(event.body) * 4 <= INLINE_LIMIT or len(event.body.encode()) <= INLINE_LIMIT:
        return event
    return replace(event, body="", body_reference=bodies.keep(event.body))
