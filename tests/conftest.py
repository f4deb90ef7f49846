"""Fixtures of several suites."""

from pathlib import Path

import pytest

from tools.local.emulator import ROOT
from tools.local.stack import build


@pytest.fixture(scope="session")
def built() -> Path:
    """The output of `sam build`: built once for all tests that need it."""
    build()
    return ROOT / ".aws-sam" / "build"
