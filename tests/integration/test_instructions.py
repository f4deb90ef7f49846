"""The built functions in millions of instructions, which are the same on any machine, unlike time.

The bounds are a third above the counts of `make bench`. Raise one deliberately.
"""

from pathlib import Path

import pytest

from tools.speed.fake_aws import fake_aws
from tools.speed.instructions import AVAILABLE, START, count
from tools.speed.process import our_functions
from tools.speed.situations import ACCEPTED, BATCH, DUPLICATE, REFUSED

BOUNDS: tuple[dict[str, float], ...] = (
    {START: 1_630, ACCEPTED: 15.3, DUPLICATE: 7.2, REFUSED: 1.1},  # ingest
    {START: 2_160, BATCH: 161},  # a handler
)


@pytest.mark.skipif(not AVAILABLE, reason="needs valgrind")
def test_no_start_and_no_call_takes_a_third_more(built: Path) -> None:
    with fake_aws() as url:
        counted = count(our_functions(built, url))
    for counts, bounds in zip(counted, BOUNDS, strict=True):
        assert counts.keys() == bounds.keys()
        above = {situation: counts[situation] for situation, bound in bounds.items() if counts[situation] > bound}
        assert not above
