"""What several suites share."""

from pathlib import Path

import pytest

from tools.local.emulator import ROOT
from tools.local.stack import build


@pytest.fixture(scope="session")
def built() -> Path:
    """Where `sam build` put the functions and layers: once for all tests that need them."""
    build()
    return ROOT / ".aws-sam" / "build"
