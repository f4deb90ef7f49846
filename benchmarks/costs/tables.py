"""The bill as tables, in Markdown."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from benchmarks.costs import prices
from benchmarks.costs.lines import Bill, Line, by_group, total
from benchmarks.costs.prices import MILLION, Price

VOLUMES = (10_000, 100_000, MILLION, 10 * MILLION)


def money(dollars: float) -> str:
    """Dollars with cents."""
    return f"{dollars:,.2f}"


def change(dollars: float) -> str:
    """A difference in dollars, with its sign."""
    return f"{dollars:+,.2f}"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table."""
    return [f"| {' | '.join(row)} |" for row in (heads, ["---"] * len(heads), *rows)]


def months(small: Bill, large: Bill, sizes: tuple[str, str]) -> list[str]:
    """A month's bill at each volume; by its parts for the smaller bodies, in total for the larger ones."""
    of_small, of_large = sizes

    def row(name: str, dollars: Iterable[float]) -> list[str]:
        return [name, *map(money, dollars)]

    parts = by_group(small.per_event)
    largest = sorted(parts, key=lambda group: -parts[group])
    return table(
        ["dollars a month", *(f"{volume:,} events" for volume in VOLUMES)],
        [
            row("fixed", [total(small.fixed)] * len(VOLUMES)),
            *(row(group, [parts[group] * volume for volume in VOLUMES]) for group in largest),
            row(f"**in all, with bodies of {of_small}**", map(small.total, VOLUMES)),
            row("of which the free tier takes off, at most", map(small.free, VOLUMES)),
            row(f"**in all, with bodies of {of_large}**", map(large.total, VOLUMES)),
        ],
    )


def by_month(lines: Iterable[Line]) -> list[str]:
    """Lines of the fixed part."""
    return table(
        ["for", "what", "quantity", "dollars a month", "counted"],
        [[line.where, _unit(line.price), _number(line.quantity), money(line.dollars), line.how] for line in lines],
    )


def by_event(small: Sequence[Line], large: Sequence[Line], size: str) -> list[str]:
    """Lines of a million events, of two sizes."""
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
    sums = ["**in all**", "", "", *(f"**{money(total(lines) * MILLION)}**" for lines in (small, large)), ""]
    return table(["for", "what", "quantity", "dollars", f"dollars, bodies of {size}", "counted"], [*rows, sums])


def by_size(bills: Mapping[int, Bill]) -> list[str]:
    """A million events of each size in bytes, by what they are charged for."""
    rows = []
    for size, of_size in bills.items():
        parts = by_group(of_size.per_event)
        shown = [parts.pop("DynamoDB requests"), parts.pop("DynamoDB storage") + parts.pop("S3", 0)]
        shown += [sum(parts.values()), total(of_size.per_event)]
        rows.append([f"{size:,} bytes", *(money(dollars * MILLION) for dollars in shown)])
    return table(
        ["body", "DynamoDB requests", "storage, the bucket included", "all else", "**dollars a million**"], rows
    )


def all_prices() -> list[str]:
    """Every unit price; those with a dagger are as commonly quoted."""
    stated: Iterator[object] = (
        each for value in vars(prices).values() for each in (value.values() if isinstance(value, dict) else [value])
    )
    return table(
        ["unit", "dollars", "for", "free each month", "source"],
        [
            [
                price.what,
                f"{price.dollars:g}{'' if price.checked else ' †'}",
                f"{price.per:,}",
                f"{price.free:,}" if price.free else "",
                f"<{price.source}>",
            ]
            for price in stated
            if isinstance(price, Price)
        ],
    )


def _unit(price: Price) -> str:
    return price.what.partition(",")[0]


def _number(quantity: float) -> str:
    return f"{quantity:,.0f}" if quantity >= 100 or quantity == int(quantity) else f"{quantity:.2f}"  # noqa: PLR2004 - three digits are enough
