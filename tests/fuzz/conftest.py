"""The number of random deliveries: 100 (`make check`: 300), always the same, or `FUZZ_CASES`, new ones each time."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.contract.account import account
from tests.fuzz import counts
from tests.fuzz.oracle import FURTHER, OWN
from tests.unit.endpoint import Endpoint, deploy
from tests.unit.output import CurrentStdout
from webhooks.aws.log import logger

CASES = int(os.environ.get("FUZZ_CASES", "0"))

settings.register_profile(
    "fuzz",
    max_examples=CASES or (300 if os.environ.get("THOROUGH") else 100),
    # Without FUZZ_CASES the same deliveries each time: a gate does not fail by chance.
    derandomize=not CASES,
    database=None,
    print_blob=True,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Endpoint]:
    """The ingest function, for all deliveries."""
    with account(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(logger.registered_handler, "stream", CurrentStdout())
        yield deploy(patch, *OWN, *FURTHER, takes=",".join(f"{name}={taken}" for name, taken in FURTHER.items()))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the outcomes of the deliveries."""
    if counts.OF:
        terminalreporter.section("fuzz")
        for outcome, number in sorted(counts.OF.items()):
            terminalreporter.write_line(f"{number:7} {outcome}")
