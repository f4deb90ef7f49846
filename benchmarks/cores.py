"""Binding what is measured to a core of its own. Linux alone can."""

import os
from collections.abc import Iterator
from contextlib import contextmanager


def first_and_last() -> tuple[int, int]:
    """Of the cores that there are: for what is measured, and for what stands around it. The same if there is one."""
    cores = os.sched_getaffinity(0)
    return min(cores), max(cores)


@contextmanager
def on(core: int) -> Iterator[None]:
    """Let this process run on one core within the block, and what it starts there to its end."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
