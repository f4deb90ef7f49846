"""An account of each test's own, with a stack in it."""

from collections.abc import Iterator

import pytest
import time_machine

from tests.cli.deployed import Deployed, deploy
from tests.cli.operated import Operated
from tests.contract.account import account


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployed]:
    """A stack, empty at first, at noon."""
    with account(), time_machine.travel("2026-11-24T12:00:00Z", tick=False):
        yield deploy(monkeypatch)


@pytest.fixture
def operated(deployed: Deployed, monkeypatch: pytest.MonkeyPatch) -> Iterator[Operated]:
    """The same with a queue of dead letters for each type, and with a clock that runs."""
    monkeypatch.setattr("webhooks_cli.sweep._WAIT_SECONDS", 0)  # the account's queues have one server
    with time_machine.travel("2026-11-24T12:00:00Z") as clock:
        yield Operated.of(deployed, clock)
