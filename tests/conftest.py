"""Fixtures of several suites."""

from pathlib import Path

import pytest

from tools.local.stack import build
from tools.reference import reference_project


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with reference handlers in place of the client's."""
    return reference_project(tmp_path_factory.mktemp("reference") / "project")


@pytest.fixture(scope="session")
def built(project: Path) -> Path:
    """The functions and layers as `sam build` makes them."""
    build(project)
    return project / ".aws-sam" / "build"
