"""What the tests of functions have in common."""

from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.contract.account import account as an_account
from tests.unit.endpoint import Endpoint, deploy
from tests.unit.output import CurrentStdout, Output
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


@pytest.fixture(autouse=True)
def _log_to_stdout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logger.registered_handler, "stream", CurrentStdout())


@pytest.fixture
def output(capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> Output:
    """What the test's functions write."""
    return Output(capsys, caplog)
