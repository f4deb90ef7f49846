"""What several suites share."""

from pathlib import Path

import pytest

from tools.local.emulator import ROOT
from tools.local.stack import build

# These share what `sam build` makes, and there must not be two builds at once: they run in one process, one after the
# other, while the other process runs all the rest.
_TOGETHER = {"e2e", "integration"}


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the suites together that share what is expensive."""
    for item in items:
        if item.path.relative_to(ROOT / "tests").parts[0] in _TOGETHER:
            item.add_marker(pytest.mark.xdist_group("deployed"))


@pytest.fixture(scope="session")
def built() -> Path:
    """Where `sam build` put the functions and layers: once for all tests that need them."""
    build()
    return ROOT / ".aws-sam" / "build"
