"""What commands print: tables for people and JSON for scripts on stdout, everything else on stderr."""

import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import Progress
from rich.table import Column, Table
from rich.text import Text

from webhooks_cli.operations.numbers import dumps

if TYPE_CHECKING:
    from webhooks_cli.operations.log_line import LogLine

_INVISIBLE = frozenset(("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"))
"""Categories of characters that cannot be seen, reorder what can, or command a terminal."""

_STYLES = {"WARNING": "yellow", "ERROR": "red", "CRITICAL": "red"}
"""Of log lines."""

_BLANK = frozenset(
    map(
        chr,
        (
            *(0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0),
            *(*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)),
        ),
    )
)
"""Letters and marks that are blank all the same."""


class _Console(Console):
    """Prints texts of others safely. They are not markup, and in a pipe each row is one line."""

    def __init__(self, *, stderr: bool) -> None:
        stream = sys.stderr if stderr else sys.stdout
        width = None if stream.isatty() else 10_000
        super().__init__(highlight=False, markup=False, emoji=False, width=width, stderr=stderr)

    def print(self, *objects: Any, **options: Any) -> None:
        """Print; what cannot be seen in a text is escaped."""
        super().print(*(printable(each, "\n") if isinstance(each, str) else each for each in objects), **options)


out = _Console(stderr=False)
err = _Console(stderr=True)


def print_json(data: Any) -> None:
    """Print data as indented JSON, numbers to the digit."""
    print(json_text(data))


def json_text(data: Any) -> str:
    """The same as text. What cannot be seen, or what a terminal could interpret as a command, is escaped."""
    return _escaped(dumps(data, indent=2), "\n", _json_escape)


def json_line(data: Any) -> str:
    """The same on one line."""
    return _escaped(dumps(data), "", _json_escape)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], title: str = "") -> None:
    """Print a table; None is an empty cell. Every value is printed in full."""
    headers = (Column(Text(name), overflow="fold") for name in columns)
    table = Table(*headers, title=Text(printable(title)) if title else None, title_justify="left")
    for row in rows:
        table.add_row(*(Text("" if value is None else printable(str(value))) for value in row))
    out.print(table)


def print_rows(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table to copy from: where a value would be wrapped, as plain lines, one value after another."""
    cells = [["" if value is None else printable(str(value)) for value in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(columns, *cells, strict=True)]
    if sum(widths) + 3 * len(widths) + 1 <= out.width:
        print_table(columns, cells)
        return
    for row in cells:
        out.print(Text("  ".join(filter(None, row))), soft_wrap=True)


def print_details(title: str, details: Mapping[str, Any]) -> None:
    """Print one thing: a table of its fields, and its body, if it has one, as JSON."""
    print_table([title, ""], ([name, cell(value)] for name, value in details.items() if name != "body"))
    if details["body"] is not None:
        out.print(json_text(details["body"]), soft_wrap=True)


def print_log_line(line: "LogLine") -> None:
    """Print a log line; only what is not JSON of the product's logger, such as a traceback, has several lines."""
    text = printable(line.text().replace("\t", "  "), "" if line.fields else "\n")
    out.print(Text(text, style=_STYLES.get(line.level, "")), soft_wrap=True)


def cell(value: object) -> object:
    """A value in a table: text as it is, the rest as JSON."""
    return value if isinstance(value, str | None) else json_line(value)


def printable(text: str, but: str = "") -> str:
    """Text of others for a terminal: what cannot be seen is escaped, `but` these characters."""
    return _escaped(text, but, _escape)


def progress_bar() -> Progress:
    """A progress bar on stderr, if that is a terminal."""
    return Progress(console=err, transient=True, disable=not err.is_terminal)


def _escaped(text: str, but: str, escape: Any) -> str:
    if text.isascii() and text.isprintable():
        return text
    return "".join(char if char in but or _is_visible(char) else escape(char) for char in text)


@cache
def _is_visible(char: str) -> bool:
    return unicodedata.category(char) not in _INVISIBLE and char not in _BLANK


def _escape(char: str) -> str:
    return f"\\u{ord(char):04x}" if ord(char) <= 0xFFFF else f"\\U{ord(char):08x}"  # noqa: PLR2004 - Python's escapes


def _json_escape(char: str) -> str:
    units = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
