"""Ctrl-C and SIGTERM: how a command ends by them, and what they may not cut short."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from webhooks_cli.errors import ToolFailed

STOP_SIGNALS = signal.SIGINT, signal.SIGTERM


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM wait until the end of the block: they must not cut a clean-up short."""
    waiting: list[int] = []
    before = {sign: signal.signal(sign, lambda number, _: waiting.append(number)) for sign in STOP_SIGNALS}
    try:
        yield
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)
    if waiting:
        raise KeyboardInterrupt


@contextmanager
def stopping_cleanly() -> Iterator[None]:
    """For a command's whole run: SIGTERM ends it as Ctrl-C does, and what went wrong is one message, no traceback."""

    def stop(*_: object) -> None:
        for sign in STOP_SIGNALS:  # the second one is for the impatient: it must not cut the clean-up short
            signal.signal(sign, lambda *_: None)
        raise KeyboardInterrupt

    for sign in STOP_SIGNALS:  # a shell's background job is started with Ctrl-C switched off
        signal.signal(sign, stop)
    try:
        yield
    except KeyboardInterrupt:
        sys.exit(130)
    except ToolFailed as failure:
        sys.exit(str(failure))
