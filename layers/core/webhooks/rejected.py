"""Authorized deliveries that are not events: stored for an operator to inspect and repair."""

import json
from typing import Protocol

from webhooks.delivery import Delivery
from webhooks.errors import MalformedDelivery

_WITHHELD = {"authorization", "cookie"}


class RejectedStore(Protocol):
    """Stores rejected deliveries."""

    def store_rejected(self, name: str, content: str) -> None:
        """Store a document under a name. Raises `Unavailable`."""


def document(delivery: Delivery, why: MalformedDelivery, received_at: str) -> str:
    """Everything delivered but the token, with the reason, as JSON."""
    return json.dumps(
        {
            "receivedAt": received_at,
            **why.body(),
            "pathEventType": delivery.path_type,
            "headers": {name: value for name, value in delivery.headers.items() if name not in _WITHHELD},
            "isBase64Encoded": delivery.is_base64,
            "body": delivery.body,
        }
    )
