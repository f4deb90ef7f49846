"""Fixtures of several suites."""

import gc
from pathlib import Path

import pytest

from tools.local.stack import build
from tools.reference import reference_project

# botocore's service models are many objects, which stay: a tenth of the time went into looking for garbage among them.
gc.set_threshold(20_000, 20, 100)


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with reference handlers, in a folder with a space in its name."""
    return reference_project(tmp_path_factory.mktemp("reference") / "a project")


@pytest.fixture(scope="session")
def built(project: Path) -> Path:
    """The functions and layers as `sam build` makes them."""
    build(project)
    return project / ".aws-sam" / "build"
