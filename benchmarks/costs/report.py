"""Computes the monthly cost and writes it into docs/costs.md: `make costs`."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from benchmarks.costs import prices
from benchmarks.costs.bill import Bill, Line, by_group, total
from benchmarks.costs.changes import by_types, options, other_assumptions
from benchmarks.costs.floor import remaining
from benchmarks.costs.model import API_UNIT, HOURS, Assumptions, Model
from benchmarks.costs.observed import observe_events, observe_other
from benchmarks.costs.prices import DATE, MILLION, REGION, Price
from benchmarks.costs.stack import Stack
from benchmarks.markdown import money, table, valid_for
from tools.bodies import body
from tools.local.emulator import ROOT
from tools.pages import with_generated
from tools.template import default

PAGE = ROOT / "docs" / "costs.md"
LARGER = 2048
SIZES = (512, LARGER, 20 * 1024, 100 * 1024, 250 * 1024)
_LARGEST = 6 * 1024 * 1024
"""The largest body that API Gateway passes on to Lambda, in bytes."""
_ACCOUNT_RATE = 10_000
"""Requests a second that API Gateway takes for an account and region; it bills and logs none above."""
VOLUMES = (10_000, 100_000, MILLION, 10 * MILLION)


def main() -> None:
    """Update the page."""
    PAGE.write_text(with_generated(PAGE.read_text(), "costs", "\n".join(figures())))


def figures() -> Iterator[str]:
    """The generated part of the page, by line."""
    model = Model(Stack.of_template(), observe_other(), Assumptions())
    sample = observe_events(body())
    usual = model.bill(sample)
    by_size = {size: model.bill(observe_events(body(size))) for size in SIZES}
    sections = {
        "Monthly cost": _months(usual, by_size[LARGER], (f"{sample.body_bytes} bytes, the vendor's sample", "2 KB")),
        "By the number of event types": by_types(model, sample),
        "The fixed part": _fixed(usual.fixed),
        "A million events": _million(usual.per_event, by_size[LARGER].per_event, "2 KB"),
        "By size of the body": _sizes({sample.body_bytes: usual} | by_size),
        "What remains per event": remaining(model),
        "Deliveries and attempts without success": _without_success(model),
        "What an unknown client can cost": _unknown_client(model),
        "What you can change": options(model, sample),
        "Assumptions": other_assumptions(model, sample),
        "Unit prices": _prices(),
    }
    yield from (f"{valid_for()} List prices of {REGION}, {DATE}.", "")
    for name, lines in sections.items():
        yield from (f"## {name}", "", *lines, "")


def _months(small: Bill, large: Bill, sizes: tuple[str, str]) -> list[str]:
    """A month's bill at each volume: by service for the smaller bodies, in total for the larger ones."""

    def row(name: str, dollars: Iterable[float]) -> list[str]:
        return [name, *map(money, dollars)]

    groups = by_group(small.per_event)
    largest_first = sorted(groups, key=lambda group: -groups[group])
    return table(
        ["dollars a month", *(f"{volume:,} events" for volume in VOLUMES)],
        [
            row("fixed", [total(small.fixed)] * len(VOLUMES)),
            *(row(group, [groups[group] * volume for volume in VOLUMES]) for group in largest_first),
            row(f"**total, with bodies of {sizes[0]}**", map(small.total, VOLUMES)),
            row("of which the free tier saves at most", map(small.free, VOLUMES)),
            row(f"**total, with bodies of {sizes[1]}**", map(large.total, VOLUMES)),
        ],
    )


def _fixed(lines: Iterable[Line]) -> list[str]:
    return table(
        ["for", "what", "quantity", "dollars a month", "how it is counted"],
        [[line.where, _unit(line.price), _number(line.quantity), money(line.dollars), line.how] for line in lines],
    )


def _million(small: Sequence[Line], large: Sequence[Line], size: str) -> list[str]:
    """The lines of a million events with two sizes of bodies."""
    rows = [
        [
            line.where,
            _unit(line.price),
            _number(line.quantity * MILLION),
            *(money(each.dollars * MILLION) for each in (line, twin)),
            line.how,
        ]
        for line, twin in zip(small, large, strict=True)
    ]
    totals = [f"**{money(total(lines) * MILLION)}**" for lines in (small, large)]
    heads = ["for", "what", "quantity", "dollars", f"dollars, bodies of {size}", "how it is counted"]
    return table(heads, [*rows, ["**total**", "", "", *totals, ""]])


def _sizes(bills: Mapping[int, Bill]) -> list[str]:
    """The cost of a million events by size of the body in bytes."""
    rows = []
    for size, bill in bills.items():
        groups = by_group(bill.per_event)
        shown = [groups.pop("DynamoDB requests"), groups.pop("DynamoDB storage") + groups.pop("S3", 0)]
        shown += [sum(groups.values()), total(bill.per_event)]
        rows.append([f"{size:,} bytes", *(money(dollars * MILLION) for dollars in shown)])
    return table(["body", "DynamoDB requests", "storage, including S3", "other", "**dollars per million**"], rows)


def _without_success(model: Model) -> list[str]:
    seen, size = model.other, len(body())
    costs = {
        "duplicates": model.delivery(seen.duplicate, size),
        "deliveries without an accepted token": model.delivery(seen.unauthorized, size),
        "malformed deliveries, stored for inspection": model.delivery(seen.rejected, size),
        "attempts of a handler that fail": model.handling(seen.failed),
    }
    return table(["a million", "dollars"], [[name, money(total(lines) * MILLION)] for name, lines in costs.items()])


def _unknown_client(model: Model) -> list[str]:
    """Requests without an accepted token at the limit of the API, and above it at the limit of the account."""
    refused, rate, units = model.other.unauthorized, int(default("RateLimit")), -(-_LARGEST // API_UNIT)
    small, large = (total(model.delivery(refused, size)) for size in (len(body()), _LARGEST))
    throttled = total(model.request("", 0))  # no units: AWS does not charge for what it throttles
    rows = [
        ("without an accepted token, small", small, rate),
        (f"without an accepted token, 6 MB or {units} units each", large, rate),
        ("above `RateLimit`: answered 429, and logged", throttled, _ACCOUNT_RATE),
    ]
    return table(
        ["requests", "dollars a million", "at so many a second", "dollars an hour", "dollars a month"],
        [
            [name, money(each * MILLION), f"{pace:,}", money(each * pace * 3600), money(each * pace * HOURS * 3600)]
            for name, each, pace in rows
        ],
    )


def _prices() -> list[str]:
    """Every unit price; a dagger marks those that are only commonly quoted."""
    stated: Iterator[object] = (
        each for value in vars(prices).values() for each in (value.values() if isinstance(value, dict) else [value])
    )
    rows = [
        [
            price.what,
            f"{price.dollars:g}{'' if price.checked else ' †'}",
            f"{price.per:,}",
            f"{price.free:,}" if price.free else "",
            f"<{price.source}>",
        ]
        for price in stated
        if isinstance(price, Price)
    ]
    return table(["unit", "dollars", "for", "free each month", "source"], rows)


def _unit(price: Price) -> str:
    return price.what.partition(",")[0]


def _number(quantity: float) -> str:
    return f"{quantity:,.0f}" if quantity >= 100 or quantity == int(quantity) else f"{quantity:.2f}"  # noqa: PLR2004 - three digits


if __name__ == "__main__":
    main()
