"""A long list, a page at a time."""

from collections.abc import Iterator
from itertools import islice
from typing import Protocol


class Timed(Protocol):
    """Something of a list in order of time."""

    @property
    def received_at(self) -> str:
        """When, as text that sorts."""


def page[T: Timed](listed: Iterator[T], limit: int) -> tuple[list[T], bool]:
    """The first `limit`, and whatever shares its moment with the last of them; and whether there are more.

    So the next page begins where this one ends: nothing is left out and nothing comes twice.
    """
    taken = list(islice(listed, limit))
    for each in listed if taken else ():
        if each.received_at != taken[-1].received_at:
            return taken, True
        taken.append(each)
    return taken, False
