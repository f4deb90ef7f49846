"""What the functions were seen to do with an event, and in each other situation that is billed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from benchmarks.bodies import body
from benchmarks.costs.lab import Lab, a_lab
from benchmarks.costs.run import Metrics, Run
from webhooks.events.orders import CreateOrderPaymentEvent
from webhooks.policy import BODY_LIMIT

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


def events(
    of: str, batch: int = 1, hand_over: Callable[[Lab], Run] = Lab.handle, receiver: str = "functions/ingest"
) -> Events:
    """Events of a body, by default as the shipped functions take them."""
    with a_lab(receiver) as lab:
        lab.deliver(token=_GUESS)  # the tokens are read now, and remembered
        ingest, handled = lab.deliver(of), hand_over(lab)
        stored = {table: lab.stored_bytes(table) for table in TABLES}
        if batch > 1:
            for number in range(batch):
                lab.deliver(of, 100 + number)
            handled = hand_over(lab)
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
