"""Where a checkout is."""

import shutil
import subprocess
from pathlib import Path

from tools.local.emulator import ROOT

SETUP = """#!/bin/sh
mkdir -p .venv
echo was set up
(cd .venv && pwd -P) >.venv/ready
"""


def test_a_moved_checkout_is_set_up_anew(tmp_path: Path) -> None:
    checkout = tmp_path / "a checkout"
    (checkout / "tools").mkdir(parents=True)
    shutil.copy(ROOT / "Makefile", checkout)
    (checkout / "tools" / "find-python").touch()
    (checkout / "tools" / "setup").write_text(SETUP)
    (checkout / "tools" / "setup").chmod(0o755)
    assert "was set up" in _make(checkout)
    assert "was set up" not in _make(checkout)
    assert "was set up" in _make(checkout.rename(tmp_path / "elsewhere"))


def _make(checkout: Path) -> str:
    command = ["make", ".venv/ready"]
    return subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=True).stdout
