"""The `webhooks` command as a person runs it, on the deployed local stack."""

from collections.abc import Iterator

import pytest

from tests.e2e.cli.webhooks import Webhooks
from tools.local.stack import LocalStack, remembered_while


@pytest.fixture(scope="session")
def webhooks(stack: LocalStack) -> Iterator[Webhooks]:
    """Runs commands on the stack."""
    with remembered_while(stack):
        yield Webhooks()
