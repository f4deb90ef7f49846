"""Webhooks against polling: requests, dollars and delay, for the same orders and by the same model of costs.

A poller asks the vendor for the orders that changed since it last asked. It sees of each the latest state, so that
what happened twice between two polls is seen once. What it sees it hands over as the webhooks do: by a queue, to a
handler that runs once. What that does is left out on both sides.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import groupby
from math import ceil
from random import Random
from statistics import quantiles
from typing import Any

from benchmarks.arrivals import STEPS, WEEK, WEEKS, Change, changes
from benchmarks.bodies import body
from benchmarks.cost_by_size import do_nothing
from benchmarks.costs import tables as markdown
from benchmarks.costs.assumptions import SECONDS, Assumptions
from benchmarks.costs.calls import Call
from benchmarks.costs.changes import with_types
from benchmarks.costs.invocations import Invocations
from benchmarks.costs.lab import HANDLER
from benchmarks.costs.lines import Bill, Line
from benchmarks.costs.measured import Events, aside, events
from benchmarks.costs.model import INGEST, Model
from benchmarks.costs.prices import ALARM, GB_SECOND, READ, SECRET, SECRET_CALL, SQS_REQUEST, WRITE
from benchmarks.costs.run import Run
from benchmarks.costs.stack import Stack
from benchmarks.series import by_way

ORDERS = (100, 10_000, 1_000_000)
"""A month."""
INTERVALS = (10, 60, 5 * 60, 3600)
"""Seconds between two polls."""

_MINUTE, _BATCH = 60, 10
_LINE = "x" * 350
"""As long as a line of our own log: a poller tells of each poll."""


@dataclass(frozen=True, slots=True)
class Assumed:
    """What neither the template nor a run of the functions tells."""

    page: int = 100
    """Orders in one answer of the vendor's API."""
    request_seconds: float = 0.3
    """That such an answer takes."""
    hop_seconds: float = 0.1
    """From the vendor to ingest, and from the queue to a handler that waits for it."""
    idle_seconds: float = 600
    """After which the next invocation begins cold."""
    longest_wait: float = 20
    """Seconds that Lambda may wait for a batch of a queue with little traffic, if it has a batch window at all."""


@dataclass(frozen=True, slots=True)
class Polled:
    """A week of polling: requests, the seconds until each change was known, and how many were overtaken unseen."""

    requests: int
    delays: list[float]
    unseen: int


def measure(tell: Callable[[str], object] = lambda _: None) -> dict[str, Any]:
    """A row for each number of orders a month and each way, and what was assumed."""
    tell("webhooks against polling")
    stack = with_types(Stack.of_template(), len(STEPS))
    model, seen = Model(stack, aside(), Assumptions()), events(body(), hand_over=do_nothing)
    rows = [row for orders in ORDERS for row in _rows(model, seen, orders)]
    return {"assumed": asdict(Assumed()), "events_per_order": len(STEPS), "rows": rows}


def table(told: dict[str, Any]) -> str:
    """A row of the table for each row that was measured."""
    rows = [
        [
            f"{orders:,}",
            way,
            f"{row['requests']:,}",
            f"{row['delay_p50']:,.1f}",
            f"{row['delay_p95']:,.1f}",
            f"{row['unseen']:.0%}",
            markdown.money(row["dollars"]),
        ]
        for orders, of_way in by_way(told).items()
        for way, row in of_way
    ]
    heads = ["orders a month", "way", "requests", "delay p50, s", "p95, s", "changes never seen", "dollars a month"]
    return "\n".join(markdown.table(heads, rows))


def _rows(model: Model, seen: Events, orders: int) -> Iterator[dict[str, Any]]:
    happened = changes(orders)
    of_all = {"orders": orders, "every": 0, "requests": 0, "unseen": 0.0}
    yield of_all | _dollars(model.bill(seen), orders * len(STEPS)) | _spread(received(happened, model, seen, Assumed()))
    for every in INTERVALS:
        polled = poll(happened, every, Assumed())
        told = {"every": every, "requests": round(polled.requests * WEEKS), "unseen": polled.unseen / len(happened)}
        number = round((len(happened) - polled.unseen) * WEEKS)
        bill = Bill(tuple(_poller(model, polled.requests * WEEKS, every)), tuple(_handing_over(model, seen)))
        yield of_all | told | _dollars(bill, number) | _spread(polled.delays)


def poll(happened: Sequence[Change], every: int, assumed: Assumed) -> Polled:
    """Of a week of changes, in order."""
    requests, delays, unseen = 0, [], 0
    for tick, group in groupby(happened, lambda change: ceil(change.at / every)):
        found = list(group)
        place = {order: number for number, order in enumerate(dict.fromkeys(change.order for change in found))}
        requests += ceil(len(place) / assumed.page) - 1  # the first is counted with all polls
        unseen += len(found) - len(place)
        for change in found:
            answers = place[change.order] // assumed.page + 1
            delays.append(tick * every - change.at + answers * assumed.request_seconds)
    return Polled(requests + WEEK // every, delays, unseen)


def received(happened: Sequence[Change], model: Model, seen: Events, assumed: Assumed) -> list[float]:
    """Seconds from each change to the end of its handler, if the vendor sends at once."""
    random = Random(1)  # noqa: S311 - no secret
    last: dict[str, float] = {}
    invocations = Invocations(model.stack, model.assume)
    runs = {INGEST: seen.ingest, HANDLER: seen.handler}
    running = sum(invocations.milliseconds(name, run.calls) for name, run in runs.items()) / 1000
    delays = []
    for change in happened:
        gaps = [change.at - last.get(of, -WEEK) for of in (INGEST, change.event_type)]
        cold = sum(gap > assumed.idle_seconds for gap in gaps) * model.assume.cold_ms / 1000
        wait: float = model.stack.batch_window
        if wait and gaps[-1] > assumed.longest_wait:
            wait = random.uniform(wait, assumed.longest_wait)
        delays.append(2 * assumed.hop_seconds + running + cold + wait)
        last[INGEST] = last[change.event_type] = change.at
    return delays


def _poller(model: Model, requests: float, every: int) -> Iterator[Line]:
    """A month of a function that is invoked by a schedule, or by its own delayed message where that is too slow."""
    assumed, invocations = Assumed(), Invocations(model.stack, model.assume)
    polls = WEEK // every * WEEKS
    cursor = (Call("GetItem", "the cursor", ((READ, 0.5),)), Call("PutItem", "the cursor", ((WRITE, 1),)))
    yield from invocations.run("poller", HANDLER, Run(None, cursor, (_LINE,)), polls)
    waited = requests * assumed.request_seconds * model.stack.memory[HANDLER] / 1024
    yield Line("poller", waited, GB_SECOND[model.stack.architecture], "waiting for the vendor")
    colds = polls if every > assumed.idle_seconds else polls * model.assume.cold_share
    yield replace(invocations.cold("poller", HANDLER, colds / model.assume.cold_share), how="cold starts")
    yield Line("poller", colds, SECRET_CALL, "the key of the vendor's API")
    yield Line("poller", 1, SECRET, "the key of the vendor's API")
    yield Line("poller", 3, ALARM, "errors, silence, dead letters")
    yield Line("poller", model.assume.pollers * SECONDS / model.assume.poll_seconds, SQS_REQUEST, "one queue")
    if every < _MINUTE:
        yield Line("poller", 3 * polls, SQS_REQUEST, "a message that is delayed wakes it")


def _handing_over(model: Model, seen: Events) -> Iterator[Line]:
    yield Line("poller", 1 / _BATCH, SQS_REQUEST, "SendMessageBatch on the queue")
    yield from (line for line in model.event(seen) if line.where in {"queue", "handler"})


def _dollars(bill: Bill, number: int) -> dict[str, float]:
    """A month's, and the part of them that is due without any change."""
    return {"dollars": bill.total(number), "fixed": bill.total(0)}


def _spread(delays: list[float]) -> dict[str, float]:
    cuts = quantiles(delays, n=20, method="inclusive")
    return {"delay_p50": cuts[9], "delay_p95": cuts[18]}
