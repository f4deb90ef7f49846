"""Webhooks compared with polling: requests, dollars and delay for the same orders, with the same cost model.

A poller asks the vendor for the orders that changed since its last request. It sees only the latest state of each, so
that two changes between two polls are seen as one. It passes what it finds to the same queue and handler as the
webhooks, which runs once; the handler's own work is not counted.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import groupby, product
from math import ceil
from random import Random
from statistics import quantiles
from typing import Any

from benchmarks.cost_by_size import do_nothing
from benchmarks.costs.bill import Bill, Line
from benchmarks.costs.calls import Call
from benchmarks.costs.changes import with_types
from benchmarks.costs.model import DAYS, INGEST, SECONDS, Assumptions, Model
from benchmarks.costs.observed import Events, observe_events, observe_other
from benchmarks.costs.prices import ALARM, GB_SECOND, READ, SECRET, SECRET_CALL, SQS_REQUEST, WRITE
from benchmarks.costs.recorder import Run
from benchmarks.costs.simulation import HANDLER
from benchmarks.costs.stack import Stack
from benchmarks.markdown import money
from benchmarks.markdown import table as markdown_table
from tools.bodies import body

ORDERS = (100, 10_000, 1_000_000)
"""Orders a month."""
INTERVALS = (10, 60, 5 * 60, 3600)
"""Seconds between two polls."""
WEEK = 7 * 24 * 3600
WEEKS = DAYS / 7
"""Weeks of a month."""

STEPS = (
    ("CreateOrderEvent", 0, 0),
    ("CreateOrderPaymentEvent", 1, 10),
    ("FinalizeOrderEvent", 10, 60),
    ("SubmitOrderPackageEvent", 3600, 24 * 3600),
    ("UpdateOrderPackageStatusEvent", 24 * 3600, 5 * 24 * 3600),
)
"""The changes of an order, with the least and the most seconds after it was placed."""

_DAYS = (1.1, 1.0, 1.0, 1.0, 1.2, 0.9, 0.8)
"""Relative traffic from Monday to Sunday."""
_HOURS = (1, 1, 1, 1, 1, 2, 3, 5, 7, 8, 9, 9, 9, 8, 8, 8, 8, 8, 9, 10, 9, 7, 4, 2)
"""Relative traffic from midnight on."""
_MINUTE, _BATCH = 60, 10
_LINE = "x" * 350
"""As long as our own log line: a poller logs each poll."""


@dataclass(frozen=True, slots=True)
class Assumed:
    """What neither the template nor the functions determine."""

    page: int = 100
    """Orders in one answer of the vendor's API."""
    request_seconds: float = 0.3
    """Duration of such a request."""
    hop_seconds: float = 0.1
    """From the vendor to ingest, and from the queue to a waiting handler."""
    idle_seconds: float = 600
    """After which the next invocation is a cold start."""


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """A change of an order; `at` is in seconds of the week."""

    at: float
    order: int
    event_type: str


@dataclass(frozen=True, slots=True)
class Polled:
    """A week of polling: requests, the delay of each change in seconds, and the changes never seen."""

    requests: int
    delays: list[float]
    unseen: int


def measure(log: Callable[[str], object] = lambda _: None) -> dict[str, Any]:
    """`rows`: for each number of orders a month and each way, requests, delays and dollars; and what is `assumed`."""
    log("webhooks compared with polling")
    stack = with_types(Stack.of_template(), len(STEPS))
    model = Model(stack, observe_other(), Assumptions())
    seen = observe_events(body(), consume=do_nothing)
    rows = [row for orders in ORDERS for row in _rows(model, seen, orders)]
    return {"assumed": asdict(Assumed()), "events_per_order": len(STEPS), "rows": rows}


def table(results: dict[str, Any]) -> str:
    """One table."""
    heads = ["orders a month", "way", "requests", "delay p50, s", "p95, s", "changes never seen", "dollars a month"]
    rows = [
        [
            f"{row['orders']:,}",
            row["way"],
            f"{row['requests']:,}",
            f"{row['delay_p50']:,.1f}",
            f"{row['delay_p95']:,.1f}",
            f"{row['unseen']:.0%}",
            money(row["dollars"]),
        ]
        for row in results["rows"]
    ]
    return "\n".join(markdown_table(heads, rows))


def changes(orders_a_month: int, seed: int = 1) -> list[Change]:
    """The changes of a week, in order; seeded. Changes after its end are counted at its beginning: weeks are alike."""
    rng = Random(seed)  # noqa: S311 - no secret
    weights = tuple(day * hour for day, hour in product(_DAYS, _HOURS))
    hours = rng.choices(range(len(weights)), weights, k=round(orders_a_month / WEEKS))
    placed = [(hour + rng.random()) * 3600 for hour in hours]
    return sorted(
        Change((at + rng.uniform(least, most)) % WEEK, order, event_type)
        for order, at in enumerate(placed)
        for event_type, least, most in STEPS
    )


def poll(week: Sequence[Change], every: int, assumed: Assumed) -> Polled:
    """Poll a week of changes."""
    requests, delays, unseen = 0, [], 0
    for tick, group in groupby(week, lambda change: ceil(change.at / every)):
        found = list(group)
        position = {order: number for number, order in enumerate(dict.fromkeys(change.order for change in found))}
        requests += ceil(len(position) / assumed.page) - 1  # the first request of each poll is added below
        unseen += len(found) - len(position)
        for change in found:
            answers = position[change.order] // assumed.page + 1
            delays.append(tick * every - change.at + answers * assumed.request_seconds)
    return Polled(requests + WEEK // every, delays, unseen)


def webhook_delays(week: Sequence[Change], model: Model, seen: Events, assumed: Assumed) -> list[float]:
    """Seconds from each change to the end of its handler, if the vendor sends immediately."""
    last: dict[str, float] = {}
    runs = {INGEST: seen.ingest, HANDLER: seen.handler}
    running = sum(model.milliseconds(name, run.calls) for name, run in runs.items()) / 1000
    delays = []
    for change in week:
        idle = [change.at - last.get(function, -WEEK) for function in (INGEST, change.event_type)]
        cold = sum(seconds > assumed.idle_seconds for seconds in idle) * model.assume.cold_ms / 1000
        delays.append(2 * assumed.hop_seconds + running + cold)
        last[INGEST] = last[change.event_type] = change.at
    return delays


def _rows(model: Model, seen: Events, orders: int) -> Iterator[dict[str, Any]]:
    week, row = changes(orders), {"orders": orders, "way": "webhooks", "requests": 0, "unseen": 0.0}
    delays = webhook_delays(week, model, seen, Assumed())
    yield row | _dollars(model.bill(seen), orders * len(STEPS)) | _spread(delays)
    for every in INTERVALS:
        polled = poll(week, every, Assumed())
        requests, events = polled.requests * WEEKS, round((len(week) - polled.unseen) * WEEKS)
        bill = Bill(tuple(_poller(model, requests, every)), tuple(_after_poll(model, seen)))
        row |= {"way": f"polling, {_name(every)}", "requests": round(requests), "unseen": polled.unseen / len(week)}
        yield row | _dollars(bill, events) | _spread(polled.delays)


def _poller(model: Model, requests: float, every: int) -> Iterator[Line]:
    """A month of a function that runs on a schedule, or on its own delayed message if that is too slow."""
    assumed, polls = Assumed(), WEEK // every * WEEKS
    cursor = (Call("GetItem", "the cursor", ((READ, 0.5),)), Call("PutItem", "the cursor", ((WRITE, 1),)))
    yield from model.invocation("poller", HANDLER, Run(None, cursor, (_LINE,)), polls)
    waited = requests * assumed.request_seconds * model.stack.memory[HANDLER] / 1024
    yield Line("poller", waited, GB_SECOND[model.stack.architecture], "waiting for the vendor")
    cold = polls if every > assumed.idle_seconds else polls * model.assume.cold_share
    yield replace(model.cold_starts("poller", HANDLER, cold / model.assume.cold_share), how="cold starts")
    yield Line("poller", cold, SECRET_CALL, "the key of the vendor's API")
    yield Line("poller", 1, SECRET, "the key of the vendor's API")
    yield Line("poller", 3, ALARM, "errors, silence, dead letters")
    yield Line("poller", model.assume.pollers * SECONDS / model.assume.poll_seconds, SQS_REQUEST, "one queue")
    if every < _MINUTE:
        yield Line("poller", 3 * polls, SQS_REQUEST, "a delayed message starts it")


def _after_poll(model: Model, seen: Events) -> Iterator[Line]:
    yield Line("poller", 1 / _BATCH, SQS_REQUEST, "SendMessageBatch on the queue")
    yield from (line for line in model.event(seen) if line.where in {"queue", "handler"})


def _dollars(bill: Bill, events: int) -> dict[str, float]:
    """The cost of a month, and its fixed part."""
    return {"dollars": bill.total(events), "fixed": bill.total(0)}


def _spread(delays: list[float]) -> dict[str, float]:
    cuts = quantiles(delays, n=20, method="inclusive")
    return {"delay_p50": cuts[9], "delay_p95": cuts[18]}


def _name(every: int) -> str:
    seconds, unit = next(each for each in ((3600, "h"), (60, "min"), (1, "s")) if every >= each[0])
    return f"{every // seconds} {unit}"


if __name__ == "__main__":
    print(table(measure(print)))
