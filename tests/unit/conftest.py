"""Fixtures of the tests of functions."""

from collections.abc import Iterator

import pytest
import time_machine
from hypothesis import settings

from tests.contract.account import account as an_account
from tests.unit import handler_env as env
from tests.unit.endpoint import Endpoint, deploy
from tests.unit.output import CurrentStdout, Output
from webhooks.aws.log import logger

# The machine may be busy with other suites: the time that an example takes says nothing.
settings.register_profile("default", deadline=None)


@pytest.fixture
def account() -> Iterator[None]:
    """An empty AWS account."""
    with an_account():
        yield


@pytest.fixture
def endpoint(account: None, monkeypatch: pytest.MonkeyPatch) -> Endpoint:  # noqa: ARG001 - where it is deployed
    """The ingest function, deployed."""
    return deploy(monkeypatch)


@pytest.fixture
def handler_env(account: None, monkeypatch: pytest.MonkeyPatch) -> env.HandlerEnv:  # noqa: ARG001 - where it is
    """The environment of the handler of `CreateOrderEvent`."""
    return env.setup(monkeypatch)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """A clock that stands still until it is moved."""
    with time_machine.travel("2026-11-24T12:00:00Z", tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def _no_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two attempts to call AWS."""
    monkeypatch.setattr("time.sleep", lambda _: None)


@pytest.fixture(autouse=True)
def _log_to_stdout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logger.registered_handler, "stream", CurrentStdout())


@pytest.fixture
def output(capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> Output:
    """Everything that the functions write."""
    return Output(capsys, caplog)
