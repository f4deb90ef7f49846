"""The built functions in millions of instructions, which are the same on any machine, unlike time.

The bounds are a third above the counts of `make bench`. Raise one deliberately.
"""

from pathlib import Path

import pytest

from tools.speed.instructions import AVAILABLE, START, count
from tools.speed.process import our_functions
from tools.speed.situations import ACCEPTED, BATCH, DUPLICATE, IDLE, REFUSED

BOUNDS: tuple[dict[str, float], ...] = (
    {START: 1_300, ACCEPTED: 15.7, DUPLICATE: 7.4, REFUSED: 1.1, IDLE: 56},  # ingest
    {START: 1_970, BATCH: 168},  # a handler
)


@pytest.mark.thorough  # test_layers.py holds what they depend on most: byte code, imports, the clients' own data
@pytest.mark.skipif(not AVAILABLE, reason="needs valgrind")
def test_instructions_are_within_bounds(built: Path) -> None:
    counted = count(our_functions(built))
    for counts, bounds in zip(counted, BOUNDS, strict=True):
        assert counts.keys() == bounds.keys()
        above = {situation: counts[situation] for situation, bound in bounds.items() if counts[situation] > bound}
        assert not above
