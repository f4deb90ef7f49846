"""What the functions were seen to do with an event, and in each other situation that is billed."""

from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.bodies import body
from benchmarks.costs.lab import a_lab
from benchmarks.costs.run import Metrics, Run
from webhooks.delivery import BODY_LIMIT
from webhooks.events.orders import CreateOrderPaymentEvent

TABLES = ("InboxTable", "OnceTable", "RecordsTable")
_GUESS = "a guess"
_TOO_LARGE = BODY_LIMIT + 1


@dataclass(frozen=True, slots=True)
class Events:
    """Events of one body: one delivery, and the handling of a `batch` of as many.

    `stored` is what one event leaves in each table, in bytes: in the table itself, and in its indexes;
    `stored_aside` what it leaves in the bucket.
    """

    body_bytes: int
    ingest: Run
    handler: Run
    batch: int
    stored: Mapping[str, tuple[int, int]]
    stored_aside: int


@dataclass(frozen=True, slots=True)
class Aside:
    """What else is billed: the relay with nothing to do, deliveries and tries that come to nothing.

    `steady` are the metrics that every event or minute moves, `rare` the others.
    """

    relay: Run
    duplicate: Run
    unauthorized: Run
    rejected: Run
    failed: Run
    steady: Metrics
    rare: Metrics


def events(of: str, batch: int = 1) -> Events:
    """Events of a body."""
    with a_lab() as lab:
        lab.deliver(token=_GUESS)  # the tokens are read now, and remembered
        ingest, handled = lab.deliver(of), lab.handle()
        stored = {table: lab.stored_bytes(table) for table in TABLES}
        if batch > 1:
            for number in range(batch):
                lab.deliver(of, 100 + number)
            handled = lab.handle()
        return Events(len(of.encode()), ingest, handled, batch, stored, lab.bucket_bytes())


def aside() -> Aside:
    """Everything else, each in turn."""
    with a_lab() as lab:
        lab.deliver(token=_GUESS)  # the tokens are read now, and remembered
        accepted, handled = lab.deliver(message=1), lab.handle()
        duplicate, unauthorized, rejected = lab.deliver(message=1), lab.deliver(token=_GUESS), lab.deliver("not JSON")
        others = [lab.deliver(body(500), message=1), lab.deliver("x" * _TOO_LARGE)]
        others += [lab.deliver(message=2, refused=operation) for operation in ("PutItem", "SendMessage")]
        lab.deliver(message=3)
        failed = lab.handle(_fail)
        lab.deliver('{"EventType": "CreateOrderPaymentEvent"}', message=4)
        others += [lab.handle()]
        relay = lab.relay()
    steady = accepted.metrics | handled.metrics | relay.metrics
    every = {metric for run in (duplicate, unauthorized, rejected, failed, *others) for metric in run.metrics}
    return Aside(relay, duplicate, unauthorized, rejected, failed, steady, frozenset(every - steady))


def _fail(_: CreateOrderPaymentEvent) -> None:
    raise RuntimeError
