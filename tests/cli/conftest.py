"""An account of each test's own, with a stack in it."""

import time
from collections.abc import Iterator

import pytest
import time_machine

from tests.cli.cli_env import CliEnv, deploy
from tests.contract.account import account


@pytest.fixture(autouse=True)
def no_stack_of_the_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stack that a developer has set does not count."""
    monkeypatch.delenv("WEBHOOKS_STACK", raising=False)


@pytest.fixture
def cli_env(monkeypatch: pytest.MonkeyPatch) -> Iterator[CliEnv]:
    """A stack, empty at first, and its commands, at noon on a clock that stands still until it is moved."""
    monkeypatch.setattr("webhooks_cli.operations.dead_letter_queue._WAIT_SECONDS", 0)  # the account has one SQS server
    monkeypatch.setattr("time.sleep", lambda _: None)
    # The account's own is visible from the moment after that, which does not come while the clock stands still.
    visible = property(lambda message: time.time() * 1000 >= message.visible_at)
    monkeypatch.setattr("moto.sqs.models.Message.visible", visible)
    with account(), time_machine.travel("2026-11-24T12:00:00Z", tick=False) as clock:
        yield deploy(monkeypatch, clock)
