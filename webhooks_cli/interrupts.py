"""Ctrl-C in the middle of something: what was done so far, and how to go on."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer

from webhooks_cli.output import err


@contextmanager
def stopping_with(told: Callable[[], str]) -> Iterator[None]:
    """Let Ctrl-C and SIGTERM end the command with exit code 130 and one line, after the clean-up within the block."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        err.print(f"webhooks: stopped: {told()}")
        raise typer.Exit(130) from None
    finally:
        signal.signal(signal.SIGTERM, before)
