"""What commands print: tables for people and JSON for scripts on stdout, everything else on stderr."""

import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.progress import Progress
from rich.table import Column, Table
from rich.text import Text

# In a pipe each row is one line. The text comes from others: it is not markup.
out = Console(highlight=False, markup=False, emoji=False, width=None if sys.stdout.isatty() else 10_000)
err = Console(highlight=False, markup=False, emoji=False, width=None if sys.stderr.isatty() else 10_000, stderr=True)

_UNSAFE = re.compile(r"[\x7f-\x9f\ud800-\udfff]")


def print_json(data: Any) -> None:
    """Print data as indented JSON; whole Decimals as integers, others as numbers."""
    print(json_text(data))


def json_text(data: Any) -> str:
    """The same as text. What a terminal could interpret as a command, or cannot print, is escaped."""
    text = json.dumps(data, indent=2, ensure_ascii=False, default=_plain)
    return _UNSAFE.sub(lambda char: f"\\u{ord(char[0]):04x}", text)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], title: str = "") -> None:
    """Print a table; None is an empty cell. Every value is printed in full."""
    headers = (Column(Text(name), overflow="fold") for name in columns)
    table = Table(*headers, title=Text(title) if title else None, title_justify="left")
    for row in rows:
        table.add_row(*(Text("" if value is None else printable(str(value))) for value in row))
    out.print(table)


def print_rows(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table whose last column is what is copied; where it does not fit, plain lines with that last."""
    print_table(columns, rows)


def print_details(title: str, details: Mapping[str, Any]) -> None:
    """Print one thing: a table of its fields, and its body as JSON."""
    print_table([title, ""], ([name, _cell(value)] for name, value in details.items() if name != "body"))
    out.print(json_text(details["body"]), soft_wrap=True)


def _cell(value: object) -> object:
    return json_text(value) if isinstance(value, dict | list) else value


def printable(text: str) -> str:
    """Text of others for a terminal: characters that cannot be printed, or could be a command, become �."""
    return "".join(char if char.isprintable() or char == "\n" else "�" for char in text)


def progress_bar() -> Progress:
    """A progress bar on stderr, if that is a terminal."""
    return Progress(console=err, transient=True, disable=not err.is_terminal)


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return str(value)
