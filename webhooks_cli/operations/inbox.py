"""The inbox as an operator reads it.

However large the table is, only what is needed is read: a page of each type's index entries, and the items asked for.
Memory holds a page of each type and a chunk of items.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from heapq import merge
from itertools import batched, chain, groupby, islice
from typing import Any, Protocol, Self

from botocore.exceptions import BotoCoreError, ClientError

from webhooks.aws.inbox_table import (
    IS_PRESENT,
    NOT_BODY,
    OF_TYPE,
    TYPE_INDEX,
    event_key,
    table_key,
)
from webhooks.aws.once_table import DEAD, FAILING, IN_TROUBLE, TROUBLE_INDEX
from webhooks.event import CUSTOM, AcceptedEvent, EventKey
from webhooks.routing import ALL, Routing
from webhooks_cli.operations.errors import OperationFailed
from webhooks_cli.operations.handler_state import REPLAYS, Item, State
from webhooks_cli.operations.stack import Stack
from webhooks_cli.operations.stored_event import Readers, Runs, StoredEvent, items_of

CHUNK = 50
"""Events read at once: with bodies of 32 KB, 1.6 MB of the 16 MB that DynamoDB returns in one answer."""
_PAGE = 100
_OLD_SHARDS = 16
"""Keys for each type, by version 1.0."""
_AT_ONCE = 10

_TROUBLED = {State.FAILING: FAILING, State.DEAD_LETTER: DEAD}
"""Keys of the index of events in trouble. It may still list an event that was handled since."""

_READ = (*NOT_BODY, REPLAYS)
_WITHOUT_BODY = {
    "ProjectionExpression": ", ".join(f"#{name}" for name in _READ),
    "ExpressionAttributeNames": {f"#{name}": name for name in _READ},
}


@dataclass(frozen=True, slots=True)
class Entry:
    """An index entry: when an event was received, and its key."""

    received_at: str
    key: EventKey


@dataclass(frozen=True, slots=True)
class Selection:
    """Selects events received from `since` on and before `until`, of one type, of one client, in some states.

    An empty field selects all. A type without a queue of its own selects its events among those of CustomEvent,
    CustomEvent everything on its queue, and the name of a further handler all events of the types that it takes.
    Raises `OperationFailed` if `since` is after `until`.
    """

    since: str
    until: str = "9999"
    event_type: str = ""
    client: str = ""
    states: Collection[State] = ()
    handler: str = ""

    def has_state_of(self, stored: StoredEvent) -> bool:
        """Whether an event is in one of the states: in `handler`, or without one in any of its handlers."""
        found = {stored.state_in(self.handler)} if self.handler else stored.states
        return not self.states or bool(found & set(self.states))

    def __post_init__(self) -> None:
        if self.since > self.until:
            raise OperationFailed(f"--since must be earlier than --until, and {self.since} is not before {self.until}")


class Inbox:
    """The inbox of a stack. Until `sharded_until`, events were listed as by version 1.0."""

    def __init__(self, client: Any, table: str, runs: Runs, routing: Routing, sharded_until: str = "") -> None:
        self._client = client
        self._table = table
        self._runs = runs
        self.routing = routing
        self._types = routing.deployed
        self._sharded_until = sharded_until
        self._notes = ThreadPoolExecutor(_AT_ONCE)

    @classmethod
    def of(cls, stack: Stack) -> Self:
        """The inbox of a stack."""
        client = stack.client("dynamodb")
        runs = Runs(client, stack.outputs["OnceTable"])
        return cls(client, stack.outputs["InboxTable"], runs, stack.routing, stack.sharded_until)

    def newest(self, selection: Selection, limit: int) -> tuple[list[StoredEvent], bool]:
        """A page of the selected events without bodies, the newest first, and whether there are older ones."""
        # The first request shows as many, an older one, and that no other is of the same moment.
        entries = self.entries(selection, newest_first=True, first_page=limit + 2)
        found, more = list[StoredEvent](), True
        while more and len(found) < limit:
            listed, entries, more = page(entries, limit)
            stored = self.load((entry.key for entry in listed), bodies=False)
            found += (each for each in stored if self._has(selection, each))
        if len(found) <= limit:
            return found, more
        found, _, cut = page(iter(found), limit)
        return found, more or cut

    def newest_of(self, keys: Iterable[EventKey], selection: Selection, limit: int) -> tuple[list[StoredEvent], bool]:
        """The same of the selected ones among these events, as far as they have not expired."""
        wanted = (key for key in keys if self._selects(selection, key))
        stored = (each for each in self.load(wanted, bodies=False) if self._has(selection, each))
        of_time = (each for each in stored if selection.since <= each.received_at < selection.until)
        newest = sorted(of_time, key=lambda each: each.received_at, reverse=True)
        listed, _, more = page(iter(newest), limit)
        return listed, more

    def events(
        self, selection: Selection, *, newest_first: bool = False, bodies: bool = True, chunk: int = CHUNK
    ) -> Iterator[StoredEvent]:
        """The selected events in order of time, read a chunk at a time."""
        entries = self.entries(selection, newest_first=newest_first)
        for stored in self.load((entry.key for entry in entries), bodies=bodies, chunk=chunk):
            if self._has(selection, stored):
                yield stored

    def entries(self, selection: Selection, *, newest_first: bool = False, first_page: int = _PAGE) -> Iterator[Entry]:
        """The index entries of the selected events in any state: no item is read.

        What was listed as by version 1.0 is read only if the iteration gets there.
        """
        upgrade = min(max(self._sharded_until, selection.since), selection.until)
        spans = [(replace(selection, until=upgrade), _OLD_SHARDS), (replace(selection, since=upgrade), 0)]
        for span, shards in reversed(spans) if newest_first else spans:
            if span.since < span.until:
                requests = self._requests(span, shards, newest_first=newest_first)
                yield from self._merged(span, requests, newest_first=newest_first, first_page=first_page)

    def _merged(
        self, selection: Selection, requests: list[dict[str, Any]], *, newest_first: bool, first_page: int
    ) -> Iterator[Entry]:
        """The selected entries of several keys, in order of time."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            firsts = list(pool.map(lambda request: self._client.query(**request, Limit=first_page), requests))
        partitions = map(self._partition, requests, firsts)
        merged = merge(*partitions, key=lambda entry: entry.received_at, reverse=newest_first)
        for moment, entries in groupby(merged, key=lambda entry: entry.received_at):
            # An event may be in trouble in several handlers.
            for entry in dict.fromkeys(entries) if moment != selection.until else ():
                if self._selects(selection, entry.key):
                    yield entry

    def load(self, keys: Iterable[EventKey], *, bodies: bool = True, chunk: int = CHUNK) -> Iterator[StoredEvent]:
        """The events of these keys, in their order, read a chunk at a time. Expired events are left out."""
        for wanted in batched(keys, chunk, strict=False):
            found = items_of(self._client, self._table, map(table_key, wanted), **({} if bodies else _WITHOUT_BODY))
            stored = {each.event.key: each for each in self._stored(list(found))}
            yield from (stored[key] for key in wanted if key in stored)

    def dead(self, handler: str = "", *, bodies: bool = False) -> Iterator[StoredEvent]:
        """The events that a handler, or without one any, gave up, the newest first, from the index of those in trouble.

        Those that handlers of version 1.0 gave up are not in it.
        """
        selection = Selection("0", states={State.DEAD_LETTER}, handler=handler)
        (request,) = self._requests(selection, 0, newest_first=True)
        if handler not in ("", CUSTOM):  # CustomEvent has also those of handlers that were retired
            request["FilterExpression"] = "begins_with(id, :handler)"
            request["ExpressionAttributeValues"] |= {":handler": {"S": f"{handler}#"}}
        entries = self._merged(selection, [request], newest_first=True, first_page=_PAGE)
        stored = self.load((entry.key for entry in entries), bodies=bodies, chunk=_PAGE)
        return filter(selection.has_state_of, stored)

    def find(self, message_id: str) -> list[StoredEvent]:
        """The events with a message id, the oldest first. Several clients or types may use the same one."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="message_id = :id",
            ExpressionAttributeValues={":id": {"S": message_id}},
            ConsistentRead=True,
        )
        # The relay's lease is an item too, but not an event.
        items = [item for page in pages for item in page["Items"] if "received_at" in item]
        return sorted(self._stored(items), key=lambda stored: stored.received_at)

    def note_replay(self, sent: Mapping[str, Collection[AcceptedEvent]], name: str) -> None:
        """Store with events that a replay has sent them again, as far as that is possible: their story shows it.

        `sent` are the events by handler. Handlers that did not exist when an event was accepted are added to it.
        """
        handlers: dict[AcceptedEvent, list[str]] = {}
        for handler, events in sent.items():
            for event in events:
                handlers.setdefault(event, []).append(handler)

        def note(event: AcceptedEvent) -> None:
            added = [handler for handler in handlers[event] if handler not in event.handlers]
            with suppress(BotoCoreError, ClientError):  # the event may be gone, or the operator may not write
                self._client.update_item(
                    TableName=self._table,
                    Key=table_key(event.key),
                    UpdateExpression="ADD #replays :name" + (", handlers :added" if added else ""),
                    ConditionExpression=IS_PRESENT,
                    ExpressionAttributeNames={"#replays": REPLAYS},
                    ExpressionAttributeValues={
                        ":name": {"SS": [name]},
                        **({":added": {"SS": added}} if added else {}),
                    },
                )

        list(self._notes.map(note, handlers))

    def _stored(self, items: Collection[Item]) -> list[StoredEvent]:
        readers = Readers(self._types)
        found = self._runs.of(items, readers)
        return [StoredEvent.from_item(item, readers, found) for item in items]

    @property
    def _known(self) -> Collection[str]:
        """The handlers that are there, and those that are known to have been."""
        return dict.fromkeys((*self._types, *self.routing.retired))

    def _queues(self, event_type: str) -> Collection[str]:
        """The handlers under whose names the index has the events of a type, or all that a further handler takes."""
        if taken := self.routing.taken_by(event_type):
            own = {self.routing.own(each) for each in taken}
            return self._known if ALL in taken else own | {event_type}
        if not event_type:
            return self._known
        return (event_type,) if event_type in self._types else (event_type, CUSTOM)

    def _selects(self, selection: Selection, key: EventKey) -> bool:
        wanted = selection.event_type
        if self.routing.taken_by(wanted):
            of_type = self.routing.takes(wanted, key.event_type)
        else:
            of_type = wanted in ("", CUSTOM, key.event_type)
        return of_type and selection.client in ("", key.client_id)

    def _has(self, selection: Selection, stored: StoredEvent) -> bool:
        """Whether an event is in one of the states, and on the queue asked for, which not every index tells."""
        wanted = selection.event_type
        of_queue = wanted in ("", stored.event.queue) or wanted not in self._types or self.routing.taken_by(wanted)
        return bool(of_queue) and selection.has_state_of(stored)

    def _requests(self, selection: Selection, shards: int, *, newest_first: bool) -> list[dict[str, Any]]:
        """Those of the index of events in trouble if it has all that is selected, else those of the types."""
        if not shards and selection.states and set(selection.states) <= _TROUBLED.keys():
            index = {"TableName": self._runs.table, "IndexName": TROUBLE_INDEX, "KeyConditionExpression": IN_TROUBLE}
            keys = [_TROUBLED[state] for state in selection.states]
        else:
            index = {"TableName": self._table, "IndexName": TYPE_INDEX, "KeyConditionExpression": OF_TYPE}
            keys = [key for queue in self._queues(selection.event_type) for key in _index_keys(queue, shards)]
        span = {":since": {"S": selection.since}, ":until": {"S": selection.until}}
        return [
            {**index, "ExpressionAttributeValues": {":key": {"S": key}, **span}, "ScanIndexForward": not newest_first}
            for key in keys
        ]

    def _partition(self, request: dict[str, Any], answer: dict[str, Any]) -> Iterator[Entry]:
        """The entries of one key, from the answer to the first request for them."""
        while True:
            yield from (Entry(item["received_at"]["S"], event_key(item)) for item in answer["Items"])
            if "LastEvaluatedKey" not in answer:
                return
            answer = self._client.query(**request, Limit=_PAGE, ExclusiveStartKey=answer["LastEvaluatedKey"])


def _index_keys(queue: str, shards: int) -> list[str]:
    """The keys of a type: one, and so many of version 1.0."""
    return [queue, *(f"{queue}#{shard}" for shard in range(shards))]


class Timed(Protocol):
    """An element of a list in order of time."""

    @property
    def received_at(self) -> str:
        """Text that sorts."""


def page[T: Timed](listed: Iterator[T], limit: int) -> tuple[list[T], Iterator[T], bool]:
    """The first `limit` elements and all others of the last one's moment, the rest, and whether there is a rest.

    The next page begins where this one ends: nothing is left out or repeated.
    """
    taken = list(islice(listed, limit))
    for each in listed if taken else ():
        if each.received_at != taken[-1].received_at:
            return taken, chain([each], listed), True
        taken.append(each)
    return taken, iter(()), False
