"""What commands print: tables for people on stdout, JSON for scripts; all else goes to stderr."""

import json
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.table import Table

out = Console(highlight=False)
err = Console(highlight=False, stderr=True)


def print_json(data: Any) -> None:
    """Print data as indented JSON; whole Decimals as integers, others as numbers."""
    print(json.dumps(data, indent=2, ensure_ascii=False, default=_plain))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], title: str = "") -> None:
    """Print a table; None is an empty cell."""
    table = Table(*columns, title=title or None, title_justify="left")
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row))
    out.print(table)


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return str(value)
