"""Runs processes on chosen cores; Linux only."""

import os
from collections.abc import Iterator
from contextlib import contextmanager


def measured_and_other() -> tuple[int, int]:
    """A core for what is measured, and one for the rest; the same if there is only one."""
    cores = os.sched_getaffinity(0)
    return min(cores), max(cores)


@contextmanager
def on(core: int) -> Iterator[None]:
    """Run this process, and the processes that it starts, on one core for the length of the block."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
