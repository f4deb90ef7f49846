"""The cost of a million events by the size of their bodies, compared with other receivers.

All receivers have the same API, the same queue and a handler with the same memory, and one model (benchmarks/costs/)
prices what each does. Dollars are for a million events, without the fixed part of the month.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

from benchmarks.costs.bill import Line, by_group, call_lines, total
from benchmarks.costs.model import DAYS, INGEST, Assumptions, Model
from benchmarks.costs.observed import Events, observe_events, observe_other
from benchmarks.costs.prices import GB, MILLION, STORED, WRITE
from benchmarks.costs.recorder import Run
from benchmarks.costs.simulation import Simulation
from benchmarks.costs.stack import Stack
from benchmarks.markdown import change, money
from benchmarks.markdown import table as markdown_table
from tools.bodies import body
from tools.speed.process import OURS
from webhooks.handlers import CreateOrderPaymentEvent

RECORDED = "the same, with a record of each event for a year"
USUAL, MINIMAL = "as usually built", "API Gateway directly to SQS"
HOSTED = "hosted, without a handler"

SIZES = (512, 2048, 20 * 1024, 100 * 1024)
GOAL, GOAL_SIZE = 5.0, 2048
HOSTED_DATE = "2026-09-20"


@dataclass(frozen=True, slots=True)
class Plan:
    """A hosted service: `monthly` dollars with `included` events; each further event costs `each`."""

    name: str
    monthly: float
    included: int
    each: float
    source: str

    def dollars(self, events: int) -> float:
        """The cost of a month."""
        return self.monthly + max(0, events - self.included) * self.each


# Transcribed from the pages by API Evangelist (github.com/api-evangelist/hookdeck and /svix, plans/*-plans-pricing.yml)
# on `HOSTED_DATE`; not compared with the pages. Other services publish no price per event.
PLANS = (
    Plan("Hookdeck, Team", 39, 10_000, 1 / 100_000, "https://hookdeck.com/pricing"),
    Plan("Svix, Free", 0, 50_000, 0.0001, "https://www.svix.com/pricing/"),
    Plan("Svix, Professional", 490, 50_000, 0.0001, "https://www.svix.com/pricing/"),
)


def measure(log: Callable[[str], object] = lambda _: None) -> dict[str, Any]:
    """`ways`: by receiver and size the dollars, by service too, and what it did; `options` of ours; `hosted` plans."""
    log("the cost of a million events")
    model = Model(Stack.of_template(), observe_other(), Assumptions())
    ways: dict[str, dict[str, Any]] = {way: {} for way in (OURS, RECORDED, USUAL, MINIMAL)}
    for size in SIZES:
        usual = _usual(size)
        seen = {
            OURS: observe_events(body(size), consume=do_nothing),
            RECORDED: observe_events(body(size)),
            USUAL: usual,
        }
        ways[MINIMAL][str(size)] = _dollars(_minimal(model, usual))
        for way, events in seen.items():
            ways[way][str(size)] = _dollars(model.event(events)) | _activity(events)
    return {
        "goal": {"dollars": GOAL, "bytes": GOAL_SIZE},
        "ways": ways,
        "options": _options(model),
        "hosted": [asdict(plan) | {"date": HOSTED_DATE, "a_million": plan.dollars(MILLION)} for plan in PLANS],
    }


def table(results: dict[str, Any]) -> str:
    """Three tables: by size, by service at the goal's size, and options."""
    names, groups = by_service(results)
    by_size = [[way, *(money(each["dollars"]) for each in sizes.values())] for way, sizes in results["ways"].items()]
    return "\n".join(
        [
            *markdown_table(["dollars for a million events", *(f"{size / 1024:g} KB" for size in SIZES)], by_size),
            "",
            f"The goal is {money(GOAL)} at {GOAL_SIZE / 1024:g} KB. By service at that size:",
            "",
            *markdown_table(["", *names], [[group, *map(money, dollars)] for group, dollars in groups.items()]),
            "",
            *markdown_table(
                ["options", "dollars"], [[option, change(by)] for option, by in results["options"].items()]
            ),
        ]
    )


def by_service(results: dict[str, Any]) -> tuple[list[str], dict[str, list[float]]]:
    """At the goal's size: the receivers, hosted ones last, and the dollars of each by service."""
    ways = {way: sizes[str(GOAL_SIZE)]["services"] for way, sizes in results["ways"].items() if way != RECORDED}
    ways |= {plan["name"]: {HOSTED: plan["a_million"]} for plan in results["hosted"]}
    services = dict.fromkeys(service for dollars in ways.values() for service in dollars)
    return list(ways), {name: [dollars.get(name, 0.0) for dollars in ways.values()] for name in services}


def do_nothing(stack: Simulation, *, idempotent: bool = False) -> Run:
    """Pass the messages to a handler that does nothing: only the cost of the receiver remains."""
    return stack.handle(_nothing, idempotent=idempotent)


def _nothing(_: CreateOrderPaymentEvent) -> None:
    pass


def _usual(size: int) -> Events:
    """The baseline, with a consumer that does not deduplicate; it is credited with a cache of the tokens, like ours."""
    seen = observe_events(body(size), consume=_consume, receiver="benchmarks/baselines/powertools")
    calls = tuple(call for call in seen.ingest.calls if call.operation != "GetSecretValue")
    # Its table is nearly empty: the entries expire within an hour.
    return replace(seen, ingest=replace(seen.ingest, calls=calls), stored={})


def _consume(stack: Simulation) -> Run:
    return stack.consume(lambda *_: {"batchItemFailures": []})


def _minimal(model: Model, usual: Events) -> Iterator[Line]:
    """No function before the queue: no authorization, no deduplication, no event store."""
    yield from model.request("", usual.body_bytes)
    yield from call_lines("API", [call for call in usual.ingest.calls if call.operation == "SendMessage"])
    yield from (line for line in model.event(usual) if line.where in {"queue", "handler"})


def _dollars(lines: Iterable[Line]) -> dict[str, Any]:
    services = {group: dollars * MILLION for group, dollars in by_group(lines).items()}
    return {"dollars": sum(services.values()), "services": services}


def _activity(seen: Events) -> dict[str, Any]:
    runs = (seen.ingest, seen.handler)
    units = [quantity for run in runs for call in run.calls for price, quantity in call.usage if price is WRITE]
    return {
        "calls": [call.operation for run in runs for call in run.calls],
        "write_units": sum(units),
        "logged_bytes": sum(run.log_bytes for run in runs),
        "stored_bytes": {table: own + indexes for table, (own, indexes) in seen.stored.items()},
    }


def _options(model: Model) -> dict[str, float]:
    """What would change the cost of ours at the goal's size."""
    text, stack = body(GOAL_SIZE), model.stack
    usual = observe_events(text, consume=do_nothing)
    dollars = total(model.event(usual))

    def instead(other: Model, seen: Events) -> float:
        return (total(other.event(seen)) - dollars) * MILLION

    idempotent = observe_events(text, consume=lambda stack: do_nothing(stack, idempotent=True))
    quiet = replace(model, stack=replace(stack, platform_logs=False))
    smaller = replace(model, stack=replace(stack, memory={**stack.memory, INGEST: 512}))
    _, index = usual.stored["InboxTable"]
    unmarked = replace(usual, ingest=replace(usual.ingest, calls=usual.ingest.calls[:-1]))
    return {
        "ten events in each batch": instead(model, observe_events(text, 10, do_nothing)),
        "a handler that declares `idempotent=True`": instead(model, idempotent),
        "without Lambda's own log lines": instead(quiet, usual),
        "ingest with 512 MB": instead(smaller, usual),
        "no index of events by type": -MILLION * (WRITE.each + index * stack.retention_days / DAYS / GB * STORED.each),
        "no mark and no index of unpublished events": instead(model, unmarked) - MILLION * WRITE.each,
    }


if __name__ == "__main__":
    print(table(measure(print)))
