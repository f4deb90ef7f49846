"""The release before this one, from which clients upgrade."""

import subprocess

import pytest

from tools.local.emulator import ROOT

BEFORE = "1b27ad078d2c04775c13ba208d3269be21808793"
"""Its commit; see CONTRIBUTING.md, "Release"."""


def has_release_before() -> bool:
    """Whether this clone has the commit."""
    return not subprocess.run(["git", "cat-file", "-e", f"{BEFORE}^{{commit}}"], cwd=ROOT, check=False).returncode  # noqa: S607


def require_release_before() -> None:
    """Skip the test, with the reason, in a clone that does not have the commit."""
    if not has_release_before():
        pytest.skip("the history of this clone does not reach the release before")
