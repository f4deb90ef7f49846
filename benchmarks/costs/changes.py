"""What changes the cost: options of a client, and other assumptions."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from benchmarks.costs.bill import Bill, Line
from benchmarks.costs.model import Assumptions, Model
from benchmarks.costs.observed import Events, observe_events
from benchmarks.costs.prices import MILLION, RECOVERABLE
from benchmarks.costs.stack import Stack, deployed
from benchmarks.markdown import change, money, table
from tools.bodies import body

_FEW = 3
_IDLE_POLLERS = 2
"""What Lambda scales down to at an idle queue, unless a maximum concurrency is set."""
_VOLUMES = (10_000, MILLION)


def options(model: Model, sample: Events) -> list[str]:
    """The table of what a client can omit or do differently."""
    usual = model.bill(sample)
    few = replace(model, stack=with_types(model.stack, _FEW))
    others = {
        f"{_FEW} event types instead of {model.stack.event_types}": few.bill(sample),
        "handlers that declare `idempotent=True`": usual.without(_mentions("OnceTable")),
        "handlers that save no record": usual.without(_mentions("RecordsTable")),
        "ten events in each batch": model.bill(observe_events(body(), 10)),
        "no `MaximumConcurrency`": replace(model, assume=replace(model.assume, pollers=_IDLE_POLLERS)).bill(sample),
        "alarms for each type": replace(model, stack=Stack.of_template(AlarmsPerType="true")).bill(sample),
        "a dashboard": replace(model, stack=Stack.of_template(DashboardEnabled="true")).bill(sample),
        "no point-in-time recovery": usual.without(lambda line: line.price is RECOVERABLE),
    }
    rows = [[name, *(_difference(other, usual, volume) for volume in _VOLUMES)] for name, other in others.items()]
    return table(["", *(f"dollars a month, {volume:,} events" for volume in _VOLUMES)], rows)


def by_types(model: Model, sample: Events) -> list[str]:
    """The table of a month's bill for few event types and for all, with and without the free tier."""
    all_types = model.stack.event_types
    bills = {number: replace(model, stack=with_types(model.stack, number)).bill(sample) for number in (_FEW, all_types)}
    rows = [
        [f"{volume:,}", *(money(dollars) for bill in bills.values() for dollars in _with_and_without(bill, volume))]
        for volume in (0, *_VOLUMES)
    ]
    heads = [f"{number} types{tier}" for number in bills for tier in (", free tier used up", ", all of the free tier")]
    return table(["events a month", *heads], rows)


def _with_and_without(bill: Bill, volume: int) -> tuple[float, float]:
    whole = bill.total(volume)
    return whole, whole - bill.free(volume)


def with_types(stack: Stack, number: int) -> Stack:
    """The stack with fewer event types."""
    one = Stack.of({name: found for name, found in deployed().items() if "CustomEvent" in name})
    fewer = stack.event_types - number
    return replace(
        stack,
        event_types=number,
        polled_queues=stack.polled_queues - fewer * one.polled_queues,
        alarm_metrics=stack.alarm_metrics - fewer * one.alarm_metrics,
    )


def other_assumptions(model: Model, sample: Events) -> list[str]:
    """The table of assumptions, their reasons, and the effect of other values."""
    usual = model.bill(sample)
    rows = [
        [assumed, instead, _difference(replace(model, assume=other).bill(sample), usual, MILLION), why]
        for assumed, instead, other, why in (*_durations(model.assume), *_lambda(model.assume), *_rest(model.assume))
    ]
    return table(["assumed", "if instead", f"dollars a month, {MILLION:,} events", "why"], rows)


def _durations(assume: Assumptions) -> Iterator[tuple[str, str, Assumptions, str]]:
    yield (
        f"a function waits {assume.wait_ms:g} ms for an AWS call",
        "twice",
        replace(assume, wait_ms=2 * assume.wait_ms),
        "DynamoDB and SQS answer in single-digit milliseconds",
    )
    yield (
        f"a function waits {assume.s3_wait_ms:g} ms for S3",
        "twice",
        replace(assume, s3_wait_ms=2 * assume.s3_wait_ms),
        "AWS states a median of tens of milliseconds; only large bodies use S3, which this one is not",
    )
    yield (
        f"an AWS call, and the function itself, take {assume.cpu_ms:g} ms of a full processor",
        "twice",
        replace(assume, cpu_ms=2 * assume.cpu_ms),
        "a boto3 call took 1.2 to 2 ms where it was measured, which was not Lambda",
    )
    yield (
        f"a cold start takes {assume.cold_ms:g} ms, and is billed",
        "twice",
        replace(assume, cold_ms=2 * assume.cold_ms),
        "imports and clients",
    )


def _lambda(assume: Assumptions) -> Iterator[tuple[str, str, Assumptions, str]]:
    yield (
        f"{assume.cold_share:.0%} of the invocations are cold starts",
        "10%",
        replace(assume, cold_share=0.1),
        "Lambda ends an environment after some idle minutes: fewer at high volumes, most at low ones",
    )
    yield (
        f"{assume.environments} environments of ingest are warm",
        "10",
        replace(assume, environments=10),
        "each reads the tokens again every five minutes",
    )
    yield (
        f"{assume.pollers} pollers at each queue",
        "10",
        replace(assume, pollers=10),
        "Lambda starts with five; more come with load, and then receive messages",
    )


def _rest(assume: Assumptions) -> Iterator[tuple[str, str, Assumptions, str]]:
    yield (
        f"a rare metric is emitted in {assume.rare_hours:.0%} of the hours",
        "all hours",
        replace(assume, rare_hours=1),
        "a metric is billed by the hour in which it is emitted",
    )
    yield (
        f"the stack is {assume.record_months} months old, and each event left a record of its own",
        "60 months",
        replace(assume, record_months=60),
        "records do not expire; a record per event is the most there can be",
    )
    yield (
        f"an answer has {assume.header_bytes} bytes of headers",
        "twice",
        replace(assume, header_bytes=2 * assume.header_bytes),
        "those of API Gateway",
    )


def _mentions(table_name: str) -> Callable[[Line], bool]:
    return lambda line: table_name in line.how


def _difference(other: Bill, usual: Bill, volume: int) -> str:
    return change(other.total(volume) - usual.total(volume))
