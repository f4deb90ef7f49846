"""Shows each step as it runs, and its duration."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

console = Console(highlight=False)


@contextmanager
def step(title: str) -> Iterator[None]:
    """Show `title` while the block runs, then a line with its duration."""
    started = time.monotonic()
    mark = "[red]✗[/]"
    try:
        with console.status(title):
            yield
        mark = "[green]✓[/]"
    finally:
        console.print(f"{mark} {title:<64}[dim]{time.monotonic() - started:6.1f} s[/]", soft_wrap=True)
