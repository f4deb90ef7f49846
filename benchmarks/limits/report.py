"""Computes the limits and writes them into docs/scale.md.

Run by `make limits`.
"""

from collections.abc import Iterable, Iterator

from benchmarks.costs.tables import table
from benchmarks.limits import quotas
from benchmarks.limits.capacity import Capacity
from benchmarks.limits.limits import WANTED, Limit, in_order, in_trouble
from benchmarks.limits.quotas import Quota
from tests.unit.examples import ROOT
from tools.pages import with_generated

PAGE = ROOT / "docs" / "scale.md"
_FEW = 10


def main() -> None:
    """Write the page anew."""
    PAGE.write_text(page(PAGE.read_text()))


def page(text: str) -> str:
    """The page with today's figures."""
    return with_generated(text, "limits", "\n".join(figures(Capacity.of_template())))


def figures(capacity: Capacity) -> Iterator[str]:
    """All that is computed, as lines of Markdown."""
    limits = in_order(capacity)
    first, *_ = limits
    yield from (f"The first is met at {_rate(first)} events a second: {first.what}.", "")
    yield from ("## In order", "", *_table(limits), "")
    yield from ("## When something is wrong", "", *_table(in_trouble(capacity)), "")
    yield from ("## AWS's quotas", "", *_quotas())


def _table(limits: Iterable[Limit]) -> list[str]:
    heads = ["events a second", "which", "limit", "beyond it", f"for {WANTED:,} a second"]
    return table(heads, [[_rate(limit), limit.of, limit.what, limit.then, limit.needed] for limit in limits])


def _rate(limit: Limit) -> str:
    return f"{limit.rate:,.0f}" if limit.rate >= _FEW else f"{limit.rate:.1f}"


def _quotas() -> list[str]:
    stated = [told for told in vars(quotas).values() if isinstance(told, Quota)]
    return table(
        ["quota", "of", "raised", "AWS's page"],
        [
            [f"{told.value:,}{'' if told.checked else ' †'}", told.what, told.raised, f"[{told.page}]({told.source})"]
            for told in stated
        ],
    )


if __name__ == "__main__":
    main()
