"""The inbox as an operator reads it: which events there are, and what became of each.

Whatever the table holds, no more is read than what is taken: of the index at most twice as many entries, and two for
each of its partitions; of the items those asked for. Memory holds a page of each partition and a chunk of items.
"""

from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from heapq import merge
from itertools import batched
from typing import Any, Self

from webhooks.aws.inbox_table import SHARDS, event_key, queue_of, table_key
from webhooks.event import CUSTOM, EventKey
from webhooks.relay import CHUNK
from webhooks_cli.batch import Item, items_of
from webhooks_cli.errors import ToolFailed
from webhooks_cli.handled import Handled
from webhooks_cli.kept import WITHOUT_BODY, Kept, State
from webhooks_cli.stack import Stack

_FIRST_PAGE, _LARGEST_PAGE = 2, 100
_AT_ONCE = 10


@dataclass(frozen=True, slots=True)
class Entry:
    """What the index tells of an event: when it was received, and its key."""

    received_at: str
    key: EventKey


@dataclass(frozen=True, slots=True)
class Selection:
    """Which events: received from `since` on and before `until`, of one type, of one client, in some states.

    What is empty selects all. A type without a queue of its own selects its events under CustomEvent, and CustomEvent
    all that its queue takes. Raises `ToolFailed` where `since` is after `until`.
    """

    since: str
    until: str = "9999"
    event_type: str = ""
    client: str = ""
    states: Collection[State] = ()

    def __post_init__(self) -> None:
        if self.since > self.until:
            raise ToolFailed(f"nothing is both after {self.since} and before {self.until}: swap --since and --until")


class Inbox:
    """The inbox of a stack; `types` are those that have a queue of their own."""

    def __init__(self, client: Any, table: str, handled: Handled, types: Collection[str]) -> None:
        self._client = client
        self._table = table
        self._handled = handled
        self._types = types

    @classmethod
    def of(cls, stack: Stack) -> Self:
        """The inbox of a stack."""
        client = stack.client("dynamodb")
        handled = Handled(client, stack.outputs["OnceTable"])
        return cls(client, stack.outputs["InboxTable"], handled, stack.event_types)

    def events(
        self, selection: Selection, *, newest_first: bool = False, bodies: bool = True, chunk: int = CHUNK
    ) -> Iterator[Kept]:
        """The selected events in order of time, a chunk of them read at a time."""
        entries = self.entries(selection, newest_first=newest_first)
        for kept in self.load((entry.key for entry in entries), bodies=bodies, chunk=chunk):
            if not selection.states or kept.state in selection.states:
                yield kept

    def entries(self, selection: Selection, *, newest_first: bool = False) -> Iterator[Entry]:
        """The same in any state, as the index tells of them: no item is read."""
        requests = [
            self._request(f"{queue}#{shard}", selection, newest_first=newest_first)
            for queue in self._queues(selection.event_type)
            for shard in range(SHARDS)
        ]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            firsts = list(pool.map(lambda request: self._client.query(**request, Limit=_FIRST_PAGE), requests))
        partitions = map(self._partition, requests, firsts)
        for entry in merge(*partitions, key=lambda entry: entry.received_at, reverse=newest_first):
            if entry.received_at != selection.until and self._selects(selection, entry.key):
                yield entry

    def load(self, keys: Iterable[EventKey], *, bodies: bool = True, chunk: int = CHUNK) -> Iterator[Kept]:
        """The events of these keys, in their order, a chunk of them read at a time. What has expired is left out."""
        for wanted in batched(keys, chunk, strict=False):
            found = items_of(self._client, self._table, map(table_key, wanted), **({} if bodies else WITHOUT_BODY))
            kept = {each.event.key: each for each in self._kept(list(found))}
            yield from (kept[key] for key in wanted if key in kept)

    def find(self, message_id: str) -> list[Kept]:
        """The events of a message id, the oldest first. Several clients or types may have used the same."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="message_id = :id",
            ExpressionAttributeValues={":id": {"S": message_id}},
            ConsistentRead=True,
        )
        # The relay's lease is an item too, but no event.
        items = [item for page in pages for item in page["Items"] if "received_at" in item]
        return sorted(self._kept(items), key=lambda kept: kept.event.received_at)

    def _kept(self, items: Collection[Item]) -> list[Kept]:
        expiries = self._handled.expiries({event_key(item): self._handlers(queue_of(item)) for item in items})
        return [Kept.from_item(item, expiries.get(event_key(item))) for item in items]

    def _handlers(self, queue: str) -> set[str]:
        # A queue may be gone since: then its events are CustomEvent's to handle.
        return {queue} if queue in self._types else {queue, CUSTOM}

    def _queues(self, event_type: str) -> Collection[str]:
        if not event_type:
            return self._types
        return (event_type,) if event_type in self._types else (event_type, CUSTOM)

    def _selects(self, selection: Selection, key: EventKey) -> bool:
        of_type = not selection.event_type or selection.event_type in (*self._types, key.event_type)
        return of_type and selection.client in ("", key.client_id)

    def _request(self, partition: str, selection: Selection, *, newest_first: bool) -> dict[str, Any]:
        return {
            "TableName": self._table,
            "IndexName": "by_type",
            "KeyConditionExpression": "type_shard = :partition AND received_at BETWEEN :since AND :until",
            "ExpressionAttributeValues": {
                ":partition": {"S": partition},
                ":since": {"S": selection.since},
                ":until": {"S": selection.until},
            },
            "ScanIndexForward": not newest_first,
        }

    def _partition(self, request: dict[str, Any], answer: dict[str, Any]) -> Iterator[Entry]:
        """One partition's entries; each page is twice as long as the one before."""
        size = _FIRST_PAGE
        while True:
            yield from (Entry(item["received_at"]["S"], event_key(item)) for item in answer["Items"])
            if "LastEvaluatedKey" not in answer:
                return
            size = min(2 * size, _LARGEST_PAGE)
            answer = self._client.query(**request, Limit=size, ExclusiveStartKey=answer["LastEvaluatedKey"])
