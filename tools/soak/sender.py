"""Sends as DirectScale does: again on anything but 200, some events twice, and in no particular order."""

import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

from tools.errors import ToolFailed
from tools.local.client import Request, post
from tools.local.stack import LocalStack

_TRIES = 60
_PAUSE = 0.5
_AT_ONCE = 4
START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Planned:
    """An event to send: its message id, type and fields."""

    message_id: str
    event_type: str
    fields: dict[str, object]


@dataclass(slots=True)
class Sent:
    """What was answered: the message ids that got 200, and how many answers of each status there were."""

    accepted: set[str] = field(default_factory=set)
    statuses: dict[int, int] = field(default_factory=dict)


def plan(events: int) -> list[Planned]:
    """Orders of four events each: created, paid, finalized, packed; each later than the one before."""
    return [event for order in range((events + 3) // 4) for event in _order(order + 1)][:events]


def _order(number: int) -> Iterator[Planned]:
    parts: list[tuple[str, dict[str, object]]] = [
        ("CreateOrderEvent", {"OrderStatus": "Pending Payment"}),
        ("CreateOrderPaymentEvent", {"OrderPaymentId": 1, "PaymentStatus": "Paid", "Amount": number / 100}),
        ("FinalizeOrderEvent", {"OrderStatus": "Paid"}),
        ("SubmitOrderPackageEvent", {"PackageId": 1, "PackageStatus": "Submitted", "TrackingNumber": None}),
    ]
    for step, (event_type, fields) in enumerate(parts):
        happened = START + timedelta(seconds=number * 10 + step)
        common = {"OrderNumber": number, "EventType": event_type, "EventDateUtc": f"{happened:%Y-%m-%dT%H:%M:%SZ}"}
        yield Planned(f"soak-{number}-{step}", event_type, common | fields)


def send(stack: LocalStack, deliveries: list[Request], tell: "threading.Semaphore") -> Sent:
    """Deliver all, some at once; each until it is answered 200. Raises `ToolFailed` if one never is."""
    sent = Sent()
    lock = threading.Lock()

    def deliver(request: Request) -> None:
        for _ in range(_TRIES):
            status = _status(stack, request)
            with lock:
                sent.statuses[status] = sent.statuses.get(status, 0) + 1
            if status == HTTPStatus.OK:
                sent.accepted.add(request.headers["X-Directscale-Message-Id"])
                tell.release()
                return
            threading.Event().wait(_PAUSE)
        raise ToolFailed(f"{request.headers['X-Directscale-Message-Id']} was not accepted in {_TRIES} tries")

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(deliver, deliveries))
    return sent


def shuffled_with_duplicates(requests: list[Request], share: float, seed: int) -> list[Request]:
    """The deliveries in another order, a share of them twice."""
    dice = random.Random(seed)  # noqa: S311 - repeatable on purpose
    twice = dice.sample(requests, int(len(requests) * share))
    all_of_them = [*requests, *twice]
    dice.shuffle(all_of_them)
    return all_of_them


def _status(stack: LocalStack, request: Request) -> int:
    try:
        return post(stack, request).status
    except (OSError, ValueError):
        return 0
