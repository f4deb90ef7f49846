"""What the tests of functions have in common."""

from collections.abc import Iterator

import pytest
import time_machine
from hypothesis import settings

from tests.contract.account import account as an_account
from tests.unit.endpoint import Endpoint, deploy
from tests.unit.output import CurrentStdout, Output
from tests.unit.workplace import Workplace, furnish
from webhooks.aws.log import logger

# On a machine that is busy with other suites, the time that an example takes tells nothing.
settings.register_profile("default", deadline=None)


@pytest.fixture
def account() -> Iterator[None]:
    """An AWS account of the test's own."""
    with an_account():
        yield


@pytest.fixture
def endpoint(account: None, monkeypatch: pytest.MonkeyPatch) -> Endpoint:  # noqa: ARG001 - where it is deployed
    """The ingest function, deployed."""
    return deploy(monkeypatch)


@pytest.fixture
def workplace(account: None, monkeypatch: pytest.MonkeyPatch) -> Workplace:  # noqa: ARG001 - where it stands
    """What a handler of `CreateOrderEvent` works with."""
    return furnish(monkeypatch)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """Time that stands still until it is moved."""
    with time_machine.travel("2026-11-24T12:00:00Z", tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def _log_to_stdout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logger.registered_handler, "stream", CurrentStdout())


@pytest.fixture
def output(capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> Output:
    """What the test's functions write."""
    return Output(capsys, caplog)
