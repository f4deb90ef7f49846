"""Handlers that fail, and what their dead letters say of the event."""

from typing import Any

from tests.unit.examples import event
from webhooks.aws.handler import handler
from webhooks.events.orders import CreateOrderEvent

ATTRIBUTES = {
    "MessageId": "m-1",
    "ClientId": "acme",
    "EventType": "CreateOrderEvent",
    "ReceivedAt": event().received_at,
}
"""Of the message of `event()`."""


def raises(error: Exception) -> Any:
    """A handler that does nothing else."""

    @handler(CreateOrderEvent)
    def handle(event: CreateOrderEvent) -> None:  # noqa: ARG001 - it only fails
        raise error.with_traceback(None)

    return handle


BROKEN = raises(ValueError("no\u2028such\x00order"))
