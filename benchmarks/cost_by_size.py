"""What a million events cost by the size of their bodies, and beside other ways to receive them.

All are delivered to the same API, handed over by the same kind of queue to a function of the same memory, and priced by
the same model (benchmarks/costs/), which sees what each really does. Dollars are for a million events, without the
month's fixed part.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, replace
from typing import Any

from benchmarks.bodies import body
from benchmarks.costs import tables as markdown
from benchmarks.costs.assumptions import DAYS, Assumptions
from benchmarks.costs.lab import Lab
from benchmarks.costs.lines import Line, by_group, of_calls, total
from benchmarks.costs.measured import Events, aside, events
from benchmarks.costs.model import INGEST, Model
from benchmarks.costs.prices import GB, MILLION, STORED, WRITE
from benchmarks.costs.run import Run
from benchmarks.costs.stack import Stack
from benchmarks.hosted import PLANS, READ_ON
from benchmarks.series import FLOOR, OURS, RECORDED, USUAL, by_size, parts_at
from webhooks.events.orders import CreateOrderPaymentEvent

SIZES = (512, 2048, 20 * 1024, 100 * 1024)
AIM, AIM_SIZE = 5.0, 2048


def measure(tell: Callable[[str], object] = lambda _: None) -> dict[str, Any]:
    """Dollars by way and size, what each way was seen to do, and what would change ours."""
    tell("what a million events cost")
    model = Model(Stack.of_template(), aside(), Assumptions())
    ways: dict[str, dict[int, Any]] = {way: {} for way in (OURS, RECORDED, USUAL, FLOOR)}
    for size in SIZES:
        usual = _usual(size)
        seen = {OURS: events(body(size), hand_over=do_nothing), RECORDED: events(body(size)), USUAL: usual}
        ways[FLOOR][size] = _told(_floor(model, usual))
        for way, of_size in seen.items():
            ways[way][size] = _told(model.event(of_size)) | _done(of_size)
    return {
        "aim": {"dollars": AIM, "bytes": AIM_SIZE},
        "fixed_a_month": total(model.bill(events(body())).fixed),
        "ways": ways,
        "levers": _levers(model),
        "hosted": [asdict(plan) | {"read_on": READ_ON, "a_million": plan.dollars(MILLION)} for plan in PLANS],
    }


def table(told: dict[str, Any]) -> str:
    """The dollars by way and size, the aim's by what is paid for, and what would change ours."""
    names, parts = parts_at(told, AIM_SIZE)
    rows = {part: [markdown.money(dollars) for dollars in of_each] for part, of_each in parts.items()}
    ways = by_size(told)
    return "\n".join(
        [
            *markdown.table(
                ["dollars for a million events", *(f"{size:g} KB" for size in next(iter(ways.values()))[0])],
                [[way, *map(markdown.money, dollars)] for way, (_, dollars) in ways.items()],
            ),
            "",
            f"The aim is {markdown.money(AIM)} at {AIM_SIZE / 1024:g} KB. By what is paid for there:",
            "",
            *markdown.table(["", *names], [[part, *of_each] for part, of_each in rows.items()]),
            "",
            *markdown.table(
                ["what would change ours", "dollars"],
                [[lever, markdown.change(by)] for lever, by in told["levers"].items()],
            ),
        ]
    )


def _nothing(_: CreateOrderPaymentEvent) -> None:
    """The handler whose costs are those of handing over alone."""


def do_nothing(lab: Lab) -> Run:
    """Hand over what waits to it."""
    return lab.handle(_nothing)


def _consume(lab: Lab) -> Run:
    return lab.hand_over(lambda *_: {"batchItemFailures": []})


def _usual(size: int) -> Events:
    """Of the baseline, and a consumer without `once`. As if it kept the tokens in memory, like ours."""
    seen = events(body(size), hand_over=_consume, receiver="benchmarks/baselines/powertools")
    calls = tuple(call for call in seen.ingest.calls if call.operation != "GetSecretValue")
    # What it remembers expires within the hour, and costs less than a cent to keep.
    return replace(seen, ingest=replace(seen.ingest, calls=calls), stored={})


def _floor(model: Model, usual: Events) -> Iterator[Line]:
    """No function of one's own before the queue: nobody is authorized, nothing is told apart or found again."""
    yield from model.request("", usual.body_bytes)
    yield from of_calls("API", [call for call in usual.ingest.calls if call.operation == "SendMessage"])
    consumer = (line for line in model.event(usual) if line.where in {"queue", "handler"})
    yield from consumer


def _told(lines: Iterable[Line]) -> dict[str, Any]:
    kept = list(lines)
    parts = {group: dollars * MILLION for group, dollars in by_group(kept).items()}
    return {"dollars": sum(parts.values()), "parts": parts}


def _done(seen: Events) -> dict[str, Any]:
    runs = (seen.ingest, seen.handler)
    units = [quantity for run in runs for call in run.calls for price, quantity in call.usage if price is WRITE]
    return {
        "calls": [call.operation for run in runs for call in run.calls],
        "write_units": sum(units),
        "logged_bytes": sum(run.printed_bytes for run in runs),
        "stored_bytes": {table: own + indexes for table, (own, indexes) in seen.stored.items()},
    }


def _levers(model: Model) -> dict[str, float]:
    """What else would change the dollars of our own at the size of the aim."""
    text, stack = body(AIM_SIZE), model.stack
    usual = events(text, hand_over=do_nothing)
    dollars = total(model.event(usual))

    def instead(other: Model, seen: Events) -> float:
        return (total(other.event(seen)) - dollars) * MILLION

    idempotent = events(text, hand_over=lambda lab: lab.handle(_nothing, idempotent=True))
    quiet = replace(stack, quiet=frozenset(stack.memory))
    smaller = replace(stack, memory={**stack.memory, INGEST: 512})
    _, index = usual.stored["InboxTable"]
    marked = replace(usual, ingest=replace(usual.ingest, calls=usual.ingest.calls[:-1]))
    return {
        "ten events in each batch": instead(model, events(text, 10, do_nothing)),
        "a handler that says `idempotent=True`": instead(model, idempotent),
        "Lambda's own log lines left out": instead(replace(model, stack=quiet), usual),
        "ingest with 512 MB": instead(replace(model, stack=smaller), usual),
        "no index of events by type": -MILLION * (WRITE.each + index * stack.retention_days / DAYS / GB * STORED.each),
        "no mark and no index of unpublished events": instead(model, marked) - MILLION * WRITE.each,
    }
