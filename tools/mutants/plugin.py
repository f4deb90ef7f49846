"""A pytest plugin for the copy: runs the tests that were picked, in their order, and notes what each test takes."""

import json
import os
from collections import defaultdict
from pathlib import Path

import pytest

PICKED, KNOWN, SECONDS = "MUTANTS_PICKED", "MUTANTS_KNOWN", "MUTANTS_SECONDS"
"""Environment variables with the paths of JSON files."""

_seconds: dict[str, float] = defaultdict(float)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave what was picked, and tests that exist only with the mutant, as parameters may be computed."""
    if PICKED in os.environ:
        picked, known = (json.loads(Path(os.environ[name]).read_text()) for name in (PICKED, KNOWN))
        order = {test: at for at, test in enumerate(picked)}
        new = set(order) | {item.nodeid for item in items} - set(known)
        items[:] = sorted(
            (item for item in items if item.nodeid in new), key=lambda item: order.get(item.nodeid, len(order))
        )


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Add up set-up, test and teardown."""
    _seconds[report.nodeid] += report.duration


def pytest_sessionfinish() -> None:
    """Write it all down."""
    if SECONDS in os.environ:
        Path(os.environ[SECONDS]).write_text(json.dumps(_seconds))
