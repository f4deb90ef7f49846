"""What the limits are computed from: the template's settings, what an event takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from typing import Any, Self

from benchmarks.bodies import TYPE, body
from benchmarks.costs.assumptions import Assumptions
from benchmarks.costs.calls import Call
from benchmarks.costs.deployed import default, deployed, of_type
from benchmarks.costs.dynamodb import Table, units
from benchmarks.costs.invocations import Invocations
from benchmarks.costs.lab import HANDLER
from benchmarks.costs.measured import events
from benchmarks.costs.model import INGEST, RELAY
from benchmarks.costs.prices import WRITE
from benchmarks.costs.stack import Stack
from webhooks.aws.inbox_table import SHARDS, new_item
from webhooks.event import AcceptedEvent, EventKey
from webhooks.relay import CHUNK

BODY_BYTES = 2048

_MARGIN = 5
"""Seconds before its time-out at which the relay stops, as functions/relay/app.py says."""
_SENT_AT_ONCE = 10
"""Messages that SQS takes in one batch."""


@dataclass(frozen=True, slots=True)
class Capacity:
    """Settings of the template; durations in seconds; write units of one event.

    `ingest` is one delivery, `handler` a batch, `relay` a chunk of the relay, which works `relay_share` of the time.
    `index_units` are those of accepting and publishing an event, by index; `inbox_units` those of the table itself.
    """

    rate_limit: int
    burst_limit: int
    types: int
    at_once: int
    batch: int
    shards: int
    ingest: float
    handler: float
    relay: float
    relay_share: float
    inbox_units: int
    index_units: Mapping[str, int]
    once_units: float

    @classmethod
    def of_template(cls) -> Self:
        """Of the template and the code as they stand."""
        found, stack = deployed(), Stack.of_template()
        functions = of_type(found, "AWS::Serverless::Function")
        (queue,) = functions[HANDLER]["Events"].values()
        batch = int(queue["Properties"]["BatchSize"])
        seen, took = events(body(BODY_BYTES), batch), Invocations(stack, Assumptions())
        inbox_units, index_units = _inbox_units(of_type(found, "AWS::DynamoDB::Table")["InboxTable"])
        return cls(
            rate_limit=int(default("RateLimit")),
            burst_limit=int(default("BurstLimit")),
            types=stack.event_types,
            at_once=int(queue["Properties"]["ScalingConfig"]["MaximumConcurrency"]),
            batch=batch,
            shards=SHARDS,
            ingest=took.milliseconds(INGEST, seen.ingest.calls) / 1000,
            handler=took.milliseconds(HANDLER, seen.handler.calls) / 1000,
            relay=took.milliseconds(RELAY, _relay_calls(stack.event_types)) / 1000,
            relay_share=(functions[RELAY]["Timeout"] - _MARGIN) / (60 * stack.relay_minutes),
            inbox_units=inbox_units,
            index_units=index_units,
            once_units=_units_of("OnceTable", seen.handler.calls) / batch,
        )

    @property
    def all_handlers(self) -> int:
        """Invocations of handlers that may run at the same time."""
        return self.types * self.at_once

    @property
    def event_units(self) -> int:
        """Write units of an event in the inbox, its indexes included."""
        return self.inbox_units + sum(self.index_units.values())


def _relay_calls(types: int) -> list[Call]:
    """For a chunk of events of all types in turn: they are read at once, each queue has a batch, each event a mark."""
    batches = min(types, CHUNK) * ceil(CHUNK / types / _SENT_AT_ONCE)
    return [Call(name, "", ()) for name in ("BatchGetItem", *["SendMessageBatch"] * batches, *["UpdateItem"] * CHUNK)]


def _inbox_units(properties: Mapping[str, Any]) -> tuple[int, dict[str, int]]:
    event = AcceptedEvent(EventKey("0" * 36, "acme", TYPE), TYPE, "", "", "2026-11-24T12:00:00Z", body(BODY_BYTES))
    accepted = new_item(event, "0" * 36, "first", timedelta(days=35))
    published = {name: value for name, value in accepted.items() if name != "unpublished_shard"}
    writes = ((None, accepted), (accepted, published))
    names = [told["IndexName"] for told in properties["GlobalSecondaryIndexes"]]
    by_index = {
        name: sum(index.write_units(before, after) for before, after in writes)
        for name, index in zip(names, Table.of(properties).indexes, strict=True)
    }
    return sum(max(units(before), units(after)) for before, after in writes), by_index


def _units_of(table: str, calls: tuple[Call, ...]) -> float:
    return sum(number for call in calls if call.on == table for price, number in call.usage if price is WRITE)
