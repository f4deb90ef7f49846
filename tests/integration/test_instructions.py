"""What the built functions take, in millions of instructions: the same on any machine, unlike time.

The bounds are a third above what `make bench` counts. Who adds to an import or a call what it is worth raises them.
"""

import shutil

import pytest

from benchmarks.artefact import HANDLER, INGEST, ours
from benchmarks.instructions import count
from benchmarks.series import OURS
from benchmarks.situations import ACCEPTED, BATCH, COLD, DUPLICATE, REFUSED
from benchmarks.stand_in import stand_in

BOUNDS: dict[str, dict[str, float]] = {
    INGEST: {COLD: 1_630, ACCEPTED: 15.3, DUPLICATE: 7.2, REFUSED: 1.1},
    HANDLER: {COLD: 2_160, BATCH: 161},
}


@pytest.mark.skipif(shutil.which("valgrind") is None, reason="valgrind counts instructions, and is not here")
@pytest.mark.usefixtures("built")
def test_no_start_and_no_call_takes_a_third_more_than_it_did() -> None:
    with stand_in() as url:
        counted = count(ours(url))
    for part, bounds in BOUNDS.items():
        counts = counted[part, OURS]
        assert counts.keys() == bounds.keys()
        above = {situation: counts[situation] for situation, bound in bounds.items() if counts[situation] > bound}
        assert not above
