"""Figures as Markdown."""

from collections.abc import Iterable, Sequence

from tools.template import default, event_types
from webhooks import __version__


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """The lines of a table."""
    return [f"| {' | '.join(row)} |" for row in (heads, ["---"] * len(heads), *rows)]


def money(dollars: float) -> str:
    """Dollars and cents."""
    return f"{dollars:,.2f}"


def change(dollars: float) -> str:
    """A difference in dollars, with its sign."""
    return f"{dollars:+,.2f}"


def valid_for() -> str:
    """The version and the parameters that the figures of a page hold for."""
    return (
        f"Version {__version__}, with the template's defaults: {len(event_types())} event types, events kept for "
        f"{default('RetentionDays')} days, logs for {default('LogRetentionDays')}, {default('Architecture')}."
    )
