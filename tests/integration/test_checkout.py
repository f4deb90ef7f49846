"""What `make` sets up in a checkout."""

import shutil
import subprocess
from pathlib import Path
from zipfile import ZipFile

import pytest

from tools.local.emulator import ROOT

SETUP = """#!/bin/sh
mkdir -p .venv
echo was set up
(cd .venv && pwd -P) >.venv/ready
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    checkout = tmp_path / "a checkout"
    (checkout / "tools").mkdir(parents=True)
    shutil.copy(ROOT / "Makefile", checkout)
    (checkout / "tools" / "find-python").touch()
    (checkout / "tools" / "setup").write_text(SETUP)
    (checkout / "tools" / "setup").chmod(0o755)
    return checkout


def test_a_moved_checkout_is_set_up_anew(checkout: Path) -> None:
    assert "was set up" in _make(checkout)
    assert "was set up" not in _make(checkout)
    assert "was set up" in _make(checkout.rename(checkout.with_name("elsewhere")))


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-dev.txt"])
def test_the_packages_of_handlers_are_installed(checkout: Path, file: str) -> None:
    """Of two versions that of the last handler."""
    _make(checkout)
    (checkout / ".venv" / "bin").symlink_to(ROOT / ".venv" / "bin")
    installed, versions = checkout / ".venv" / "handlers" / "mails.py", []
    _require(checkout / "functions" / "handlers" / "Archive" / file, "3.0")
    for version in ("1.0", "1.0", "2.0", ""):
        _require(checkout / "functions" / "handlers" / "Mailing" / file, version)
        planned = _make(checkout, ".venv/handlers/requirements.txt", "--dry-run")
        _make(checkout, ".venv/handlers/requirements.txt")
        versions.append((installed.read_text(), "uv pip install" in planned))
    assert versions == [("1.0", True), ("1.0", False), ("2.0", True), ("3.0", True)]


def _require(requirements: Path, version: str) -> None:
    """Require a version of a package, or none."""
    requirements.parent.mkdir(parents=True, exist_ok=True)
    wheel = requirements.with_name(f"mails-{version}-py3-none-any.whl")
    requirements.write_text(f"mails @ {wheel.as_uri()}\n" if version else "")
    with ZipFile(wheel, "w") as archive:
        information = f"mails-{version}.dist-info"
        archive.writestr("mails.py", version)
        archive.writestr(f"{information}/METADATA", f"Metadata-Version: 2.1\nName: mails\nVersion: {version}\n")
        archive.writestr(f"{information}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{information}/RECORD", "")


def _make(checkout: Path, target: str = ".venv/ready", *options: str) -> str:
    command = ["make", target, *options]
    return subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=True).stdout
