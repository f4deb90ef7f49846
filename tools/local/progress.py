"""Shows each step as it runs, and its duration."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.status import Status

console = Console(highlight=False)


@contextmanager
def step(title: str) -> Iterator[Status]:
    """Show `title`, or what the block updates the status to, while it runs; then a line with its duration."""
    started = time.monotonic()
    mark = "[red]✗[/]"
    try:
        with console.status(title) as status:
            yield status
        mark = "[green]✓[/]"
    finally:
        console.print(f"{mark} {title:<64}[dim]{time.monotonic() - started:6.1f} s[/]", soft_wrap=True)
