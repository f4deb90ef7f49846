from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.local.emulator import emulator
from tools.local.stack import LocalStack, connect, deploy


@pytest.fixture(scope="session")
def stack(built: Path) -> Iterator[LocalStack]:
    """The real template, built and deployed by the SAM CLI into the emulator, with IAM enforced."""
    assert built.exists()
    with emulator() as running:
        deploy(running, "webhooks")
        yield connect(running, "webhooks")
