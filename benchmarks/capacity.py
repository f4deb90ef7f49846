"""What limits are computed from: settings of the template, durations, and the units of an event."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from typing import Any, Self

from benchmarks.costs.calls import Call
from benchmarks.costs.model import INGEST, RELAY, Assumptions, Model
from benchmarks.costs.observed import observe_events, observe_other
from benchmarks.costs.prices import WRITE
from benchmarks.costs.simulation import HANDLER
from benchmarks.costs.stack import Stack, deployed, of_type
from tools.bodies import TYPE, body
from tools.dynamodb import Table, units
from tools.template import default
from webhooks.aws.inbox_table import new_item
from webhooks.aws.outbox import ITEMS, STATEMENTS
from webhooks.event import AcceptedEvent, EventKey
from webhooks.policy import RELAY_CALLS, RELAY_MARGIN, SEND_BATCH
from webhooks.relay import CHUNK

BODY_BYTES = 2048


@dataclass(frozen=True, slots=True)
class Capacity:
    """Settings of the template, durations in seconds, and write units of one event.

    `ingest` is the duration of a delivery, `handler` of a batch, `relay` of a chunk; the relay is busy for at most
    `relay_share` of the time. `inbox_units` and `index_units` cover accepting and publishing an event.
    """

    rate_limit: int
    burst_limit: int
    types: int
    concurrency: int
    batch: int
    ingest: float
    handler: float
    relay: float
    relay_share: float
    inbox_units: int
    index_units: Mapping[str, int]
    once_units: float

    @classmethod
    def of_template(cls) -> Self:
        """From the template and the code."""
        found, stack = deployed(), Stack.of_template()
        functions = of_type(found, "Serverless::Function")
        (queue,) = functions[HANDLER]["Events"].values()
        batch = int(queue["Properties"]["BatchSize"])
        seen, model = observe_events(body(BODY_BYTES), batch), Model(stack, observe_other(), Assumptions())
        inbox_units, index_units = _inbox_units(of_type(found, "DynamoDB::Table")["InboxTable"])
        return cls(
            rate_limit=int(default("RateLimit")),
            burst_limit=int(default("BurstLimit")),
            types=stack.event_types,
            concurrency=int(default("MaximumConcurrency")),
            batch=batch,
            ingest=model.milliseconds(INGEST, seen.ingest.calls) / 1000,
            handler=model.milliseconds(HANDLER, seen.handler.calls) / 1000,
            relay=_relay_seconds(model, stack.event_types),
            relay_share=(functions[RELAY]["Timeout"] - RELAY_MARGIN) / (60 * stack.relay_minutes),
            inbox_units=inbox_units,
            index_units=index_units,
            once_units=_units_on("OnceTable", seen.handler.calls) / batch,
        )

    @property
    def handlers(self) -> int:
        """Concurrent invocations of all handlers."""
        return self.types * self.concurrency

    @property
    def event_units(self) -> int:
        """Write units of an event in the inbox, indexes included."""
        return self.inbox_units + sum(self.index_units.values())


def _relay_seconds(model: Model, types: int) -> float:
    """The duration of a chunk with all types in turn, as if no call was prepared while another is waited for."""
    batches = ceil(CHUNK / types / SEND_BATCH)
    reads, sends, marks = ceil(CHUNK / ITEMS), types * batches, ceil(CHUNK / STATEMENTS)
    # The batches of a queue are sent one after the other.
    rounds = ceil(reads / RELAY_CALLS) + ceil(types / RELAY_CALLS) * batches + ceil(marks / RELAY_CALLS)
    alone = model.milliseconds(RELAY, [Call("", "", ())] * (reads + sends + marks))
    return (alone - (reads + sends + marks - rounds) * model.assume.wait_ms) / 1000


def _inbox_units(properties: Mapping[str, Any]) -> tuple[int, dict[str, int]]:
    """The write units of accepting and publishing an event: of the table, and of each index."""
    event = AcceptedEvent(
        EventKey("0" * 36, "acme", TYPE),
        user="",
        event_date="",
        received_at="2026-11-24T12:00:00Z",
        body=body(BODY_BYTES),
        queue=TYPE,
    )
    accepted = new_item(event, "0" * 36, "first", timedelta(days=35))
    published = {name: value for name, value in accepted.items() if name != "unpublished_shard"}
    writes = ((None, accepted), (accepted, published))
    names = [index["IndexName"] for index in properties["GlobalSecondaryIndexes"]]
    by_index = {
        name: sum(index.write_units(before, after) for before, after in writes)
        for name, index in zip(names, Table.of(properties).indexes, strict=True)
    }
    return sum(max(units(before), units(after)) for before, after in writes), by_index


def _units_on(table_name: str, calls: Iterable[Call]) -> float:
    return sum(number for call in calls if call.on == table_name for price, number in call.usage if price is WRITE)
