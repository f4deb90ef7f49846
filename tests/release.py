"""The release before this one, from which clients upgrade."""

import subprocess
from pathlib import Path

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


def require_clone() -> None:
    """Skip the test, with the reason, where the project is not a git repository of its own."""
    command = ["git", "rev-parse", "--show-toplevel"]
    top = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
    if not top or not Path(top).samefile(ROOT):
        pytest.skip("the project is not a git repository of its own")
