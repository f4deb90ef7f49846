"""Computes the bill and writes it into docs/costs.md.

Run by `make costs`.
"""

from collections.abc import Iterator

from benchmarks.bodies import body
from benchmarks.costs.assumptions import Assumptions
from benchmarks.costs.changes import levers, other_assumptions
from benchmarks.costs.lines import total
from benchmarks.costs.measured import aside, events
from benchmarks.costs.model import Model
from benchmarks.costs.prices import MILLION
from benchmarks.costs.stack import Stack
from benchmarks.costs.tables import all_prices, by_event, by_month, by_size, money, months, table
from tests.unit.examples import ROOT
from tools.pages import with_generated

PAGE = ROOT / "docs" / "costs.md"
LARGER = 2048
SIZES = (512, LARGER, 20 * 1024, 100 * 1024, 250 * 1024)


def main() -> None:
    """Write the page anew."""
    PAGE.write_text(page(PAGE.read_text()))


def page(text: str) -> str:
    """The page with today's figures."""
    return with_generated(text, "costs", "\n".join(figures()))


def figures() -> Iterator[str]:
    """All that is computed, as lines of Markdown."""
    model = Model(Stack.of_template(), aside(), Assumptions())
    sample = events(body())
    usual = model.bill(sample)
    of_size = {size: model.bill(events(body(size))) for size in SIZES}
    sections = {
        "The bill": months(usual, of_size[LARGER], (f"{sample.body_bytes} bytes, the vendor's sample", "2 KB")),
        "The fixed part": by_month(usual.fixed),
        "A million events": by_event(usual.per_event, of_size[LARGER].per_event, "2 KB"),
        "By size of the body": by_size({sample.body_bytes: usual} | of_size),
        "What comes to nothing": _nothing(model),
        "What you can do about it": levers(model, sample),
        "What is assumed": other_assumptions(model, sample),
        "Unit prices": all_prices(),
    }
    for name, lines in sections.items():
        yield from (f"## {name}", "", *lines, "")


def _nothing(model: Model) -> list[str]:
    seen, size = model.aside, len(body())
    costs = {
        "deliveries of an event that was accepted before": model.delivery(seen.duplicate, size),
        "deliveries without an accepted token": model.delivery(seen.unauthorized, size),
        "deliveries that are not understood, and kept for inspection": model.delivery(seen.rejected, size),
        "tries of a handler that fail": model.handling(seen.failed),
    }
    return table(["a million", "dollars"], [[name, money(total(lines) * MILLION)] for name, lines in costs.items()])


if __name__ == "__main__":
    main()
