"""Which events were handled, as `once` remembers it.

A handler that says it is idempotent by itself leaves no trace here.
A replay with `--again` is another run and is remembered under its own name: it is not seen here either.
"""

import json
from collections.abc import Collection, Mapping
from hashlib import sha256
from typing import Any

from webhooks.event import EventKey
from webhooks_cli.batch import items_of


def run_id(handler: str, key: EventKey) -> str:
    """Under what Powertools Idempotency, as `webhooks.aws.once` uses it, keeps a handler's run for an event."""
    return f"{handler}#{sha256(json.dumps(str(key)).encode()).hexdigest()}"


class Handled:
    """The table of `once`, read from outside."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def expiries(self, handlers: Mapping[EventKey, Collection[str]]) -> dict[EventKey, int]:
        """When the memory of each event's finished run expires (epoch); an event that was not handled is absent.

        `handlers` names those that may have handled each event.
        """
        wanted = {run_id(name, key): key for key, names in handlers.items() for name in names}
        found = items_of(self._client, self._table, ({"id": {"S": each}} for each in wanted))
        return {
            wanted[run["id"]["S"]]: int(run["expiration"]["N"]) for run in found if run["status"]["S"] == "COMPLETED"
        }
