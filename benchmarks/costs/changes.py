"""What would change the bill: what a client may do otherwise, and what one may assume instead."""

from collections.abc import Callable
from dataclasses import replace

from benchmarks.bodies import body
from benchmarks.costs.deployed import deployed
from benchmarks.costs.lines import Bill, Line
from benchmarks.costs.measured import Events, events
from benchmarks.costs.model import Model
from benchmarks.costs.prices import DASHBOARD, KEY_CALL, MILLION, RECOVERABLE
from benchmarks.costs.stack import Stack
from benchmarks.costs.tables import change, table

_FEW = 3
_VOLUMES = (10_000, MILLION)


def levers(model: Model, sample: Events) -> list[str]:
    """What a client may do without or do otherwise."""
    usual = model.bill(sample)
    changed = {
        f"{_FEW} event types instead of {model.stack.event_types}": replace(
            model, stack=with_types(model.stack, _FEW)
        ).bill(sample),
        "handlers that say `idempotent=True`": usual.without(_about("OnceTable")),
        "handlers that keep no record": usual.without(_about("RecordsTable")),
        "ten events in each batch": model.bill(events(body(), 10)),
        "no dashboard": usual.without(lambda line: line.price is DASHBOARD),
        "no point-in-time recovery": usual.without(lambda line: line.price is RECOVERABLE),
        "tables under the key that AWS owns": usual.without(lambda line: line.price is KEY_CALL),
    }
    rows = [[words, *(_difference(other, usual, volume) for volume in _VOLUMES)] for words, other in changed.items()]
    heads = ["", *(f"dollars a month, {volume:,} events" for volume in _VOLUMES)]
    return table(heads, [row for row in rows if set(row[1:]) != {change(0)}])


def with_types(stack: Stack, number: int) -> Stack:
    """The stack with fewer event types, all of which have the same resources."""
    one = Stack.of({name: found for name, found in deployed().items() if "CustomEvent" in name})
    fewer = stack.event_types - number
    return replace(
        stack,
        event_types=number,
        polled_queues=stack.polled_queues - fewer * one.polled_queues,
        alarm_metrics=stack.alarm_metrics - fewer * one.alarm_metrics,
    )


def other_assumptions(model: Model, sample: Events) -> list[str]:
    """Each assumption, why it is so, and what another one would do."""
    usual, assume = model.bill(sample), model.assume
    told = [
        (
            f"a function waits {assume.wait_ms:g} ms for one AWS call",
            replace(assume, wait_ms=2 * assume.wait_ms),
            "twice",
            "DynamoDB and SQS answer in single-digit milliseconds",
        ),
        (
            f"a function waits {assume.s3_wait_ms:g} ms for S3",
            replace(assume, s3_wait_ms=2 * assume.s3_wait_ms),
            "twice",
            "AWS speaks of a median of tens of milliseconds; it is asked for large bodies alone, not for this one",
        ),
        (
            f"one AWS call, and the function itself, take {assume.cpu_ms:g} ms of a whole processor",
            replace(assume, cpu_ms=2 * assume.cpu_ms),
            "twice",
            "a boto3 call took 1.2 to 2 ms where it was measured, which was not Lambda",
        ),
        (
            f"{assume.cold_share:.0%} of the invocations begin cold",
            replace(assume, cold_share=0.1),
            "10%",
            "an environment goes when it has not been used for some minutes: fewer at high volumes, most at low ones",
        ),
        (
            f"a cold start takes {assume.cold_ms:g} ms, and is billed",
            replace(assume, cold_ms=2 * assume.cold_ms),
            "twice",
            "imports and clients",
        ),
        (
            f"{assume.environments} environments of ingest are kept warm",
            replace(assume, environments=10),
            "10",
            "each reads the tokens again every five minutes",
        ),
        (
            f"{assume.pollers} pollers wait at each queue",
            replace(assume, pollers=10),
            "10",
            "Lambda begins with five; more come with load, and then bring messages",
        ),
        (
            f"a metric that not every event moves does so in {assume.rare_hours:.0%} of the hours",
            replace(assume, rare_hours=1),
            "all hours",
            "it is billed by the hour in which it moves",
        ),
        (
            f"records have been kept for {assume.record_months} months, one of each event",
            replace(assume, record_months=60),
            "60 months",
            "they do not expire; that each event leaves one of its own is the most that can be",
        ),
        (
            f"an answer has {assume.header_bytes} bytes of headers",
            replace(assume, header_bytes=2 * assume.header_bytes),
            "twice",
            "those of API Gateway",
        ),
    ]
    return table(
        ["counted with", "if instead", f"dollars a month, {MILLION:,} events", "why"],
        [
            [words, instead, _difference(replace(model, assume=other).bill(sample), usual, MILLION), why]
            for words, other, instead, why in told
        ],
    )


def _about(table_name: str) -> Callable[[Line], bool]:
    return lambda line: table_name in line.how


def _difference(other: Bill, usual: Bill, volume: int) -> str:
    return change(other.total(volume) - usual.total(volume))
