"""A share of a core, as Lambda gives it by memory: a process that has used it up is stopped until the next period."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

_PERIOD, _STEP = 20_000_000, 0.0005
"""Nanoseconds in which the share is given, and seconds between two looks at what was used."""


@contextmanager
def limited(process: int, share: float) -> Iterator[None]:
    """Give a process a share of a core for the length of the block."""
    over = Event()
    thread = Thread(target=_limit, args=(process, share * _PERIOD, over))
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _limit(process: int, allowed: float, over: Event) -> None:
    began, used, stopped = time.monotonic_ns(), _used(process), False
    try:
        while not over.wait(_STEP):
            now = time.monotonic_ns()
            if now - began >= _PERIOD:
                began, used = now, _used(process)
                if stopped:
                    os.kill(process, signal.SIGCONT)
                stopped = False
            elif not stopped and _used(process) - used >= allowed:
                os.kill(process, signal.SIGSTOP)
                stopped = True
    finally:
        os.kill(process, signal.SIGCONT)


def _used(process: int) -> int:
    """Nanoseconds of CPU time: Linux numbers a process's clock by its id."""
    return time.clock_gettime_ns((~process << 3) | 2)
