"""Deliveries that were authorized and not understood: kept, so that a person can look at them and repair."""

import json
from typing import Protocol

from webhooks.delivery import Delivery
from webhooks.errors import NotUnderstood

_WITHHELD = {"authorization", "cookie"}


class RejectedStore(Protocol):
    """Where they are kept."""

    def keep(self, name: str, content: str) -> None:
        """Store a document under a name. Raises `Unavailable`."""


def document(delivery: Delivery, why: NotUnderstood, received_at: str) -> str:
    """All that was delivered but the token, and the reason, as JSON."""
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
