"""What the functions do with an event, and in every other billed situation."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from benchmarks.costs.recorder import Metrics, Run
from benchmarks.costs.simulation import RECEIVER, TABLES, Simulation, simulation
from tools.bodies import TYPE, body
from webhooks.handlers import CreateOrderPaymentEvent
from webhooks.policy import BODY_LIMIT


@dataclass(frozen=True, slots=True)
class Events:
    """The delivery of an event, and the handling of a `batch` of such events.

    `stored` is what one event leaves in each table, in bytes: in the table itself, and in its indexes;
    `in_bucket` is what it leaves in the bucket.
    """

    body_bytes: int
    ingest: Run
    handler: Run
    batch: int
    stored: Mapping[str, tuple[int, int]]
    in_bucket: int


@dataclass(frozen=True, slots=True)
class Other:
    """Other billed runs: the relay without work or a look at the queues, deliveries and attempts without success.

    `steady` are the metrics that every event or minute emits, `rare` all others.
    """

    relay: Run
    duplicate: Run
    unauthorized: Run
    rejected: Run
    failed: Run
    steady: Metrics
    rare: Metrics


def observe_events(
    text: str, batch: int = 1, consume: Callable[[Simulation], Run] = Simulation.handle, receiver: str = RECEIVER
) -> Events:
    """Deliver and handle events with a body, by default with a handler that saves a record."""
    with simulation(receiver) as stack:
        ingest, handled = stack.deliver(text), consume(stack)
        stored = {table: stack.stored_bytes(table) for table in TABLES}
        if batch > 1:
            for number in range(batch):
                stack.deliver(text, 100 + number)
            handled = consume(stack)
        return Events(len(text.encode()), ingest, handled, batch, stored, stack.bucket_bytes())


def observe_other() -> Other:
    """Run every other situation."""
    with simulation() as stack:
        accepted, handled = stack.deliver(message=1), stack.handle()
        duplicate = stack.deliver(message=1)
        unauthorized, rejected = stack.deliver(token="a guess"), stack.deliver("not JSON")  # noqa: S106
        runs = [stack.deliver(body(500), message=1), stack.deliver("x" * (BODY_LIMIT + 1))]
        runs += [stack.deliver(message=2, failing=operation) for operation in ("PutItem", "SendMessage")]
        stack.deliver(message=3)
        failed = stack.handle(_fail)
        stack.deliver(f'{{"EventType": "{TYPE}"}}', message=4)
        runs += [stack.handle()]
        runs += [stack.relay()]  # it looks at the queues, too
        relay = stack.relay()
    steady = accepted.metrics | handled.metrics | relay.metrics
    every = {metric for run in (duplicate, unauthorized, rejected, failed, *runs) for metric in run.metrics}
    return Other(relay, duplicate, unauthorized, rejected, failed, steady, frozenset(every - steady))


def _fail(_: CreateOrderPaymentEvent) -> None:
    raise RuntimeError
