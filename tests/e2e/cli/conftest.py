"""The `webhooks` command as a person runs it, on the deployed local stack."""

from pathlib import Path

import boto3
import pytest

from tests.e2e.cli.webhooks import Webhooks
from tools.local.emulator import REGION
from tools.local.stack import LocalStack
from webhooks_cli.operations.inbox import Inbox
from webhooks_cli.operations.stack import Stack


@pytest.fixture(scope="session")
def webhooks(project: Path, remembered: LocalStack) -> Webhooks:
    """Runs the command of the checkout in which the stack is remembered."""
    assert remembered
    return Webhooks(project)


@pytest.fixture(scope="session")
def inbox(stack: LocalStack) -> Inbox:
    """The stack's inbox, as the command reads it."""
    session = boto3.Session(
        aws_access_key_id=stack.emulator.access_key,
        aws_secret_access_key="test",  # noqa: S106 - any will do
        region_name=REGION,
    )
    return Inbox.of(Stack(stack.name, session, stack.emulator.url))
