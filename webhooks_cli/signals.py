"""Ctrl-C, SIGTERM and SIGHUP: how a command ends, and what they must not cut short."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer

from webhooks_cli.operations.errors import OperationFailed
from webhooks_cli.output import err, printable

STOP_SIGNALS = signal.SIGINT, signal.SIGTERM, signal.SIGHUP
"""SIGHUP is what a closed terminal sends."""


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Delay these signals until the end of the block; for the main thread."""
    pending: list[int] = []
    before = {number: signal.signal(number, lambda received, _: pending.append(received)) for number in STOP_SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if pending:
        raise KeyboardInterrupt


@contextmanager
def stopping_with(describe: Callable[[], str]) -> Iterator[None]:
    """Let Ctrl-C and SIGTERM end the command with exit code 130 and one line, after the block has cleaned up."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        err.print(f"webhooks: stopped: {describe()}")
        raise typer.Exit(130) from None
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def stopping_cleanly() -> Iterator[None]:
    """For the whole run of a command: each signal ends it, and a failure is one message, no traceback."""

    def stop(*_: object) -> None:
        for number in STOP_SIGNALS:  # a second signal must not cut the clean-up short
            signal.signal(number, lambda *_: None)
        raise KeyboardInterrupt

    for number in STOP_SIGNALS:  # a shell's background job starts with Ctrl-C ignored
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup ignores SIGHUP
            signal.signal(number, stop)
    try:
        yield
    except KeyboardInterrupt:
        sys.exit(130)
    except OperationFailed as failure:
        sys.exit(printable(str(failure), "\n"))
