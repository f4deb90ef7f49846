"""What runs on the project's hosting may be changed by nobody else, and may itself change nothing."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

FOLDER = Path(__file__).parents[2] / ".github" / "workflows"
FILES = sorted(FOLDER.iterdir())
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")


def name(file: Path) -> str:
    return file.name


def workflow(file: Path) -> dict[str, Any]:
    """Without YAML 1.1's types, to which `on` is true."""
    read: dict[str, Any] = yaml.load(file.read_text(), yaml.BaseLoader)  # noqa: S506 - it makes only text of what it reads
    return read


def jobs(file: Path) -> list[dict[str, Any]]:
    return list(workflow(file)["jobs"].values())


def steps(file: Path) -> list[dict[str, Any]]:
    return [step for job in jobs(file) for step in job["steps"]]


def test_the_gate_is_what_runs() -> None:
    assert [step["run"] for step in steps(FOLDER / "ci.yml") if "run" in step] == ["make check"]
    (python,) = (step["with"] for step in steps(FOLDER / "ci.yml") if "setup-python" in step.get("uses", ""))
    assert python == {"python-version": "3.13"}


@pytest.mark.parametrize("file", FILES, ids=name)
def test_every_action_is_pinned_by_a_commit_whose_version_is_told(file: Path) -> None:
    used = re.findall(r"\buses:\s*(.+)", file.read_text())
    assert used
    assert len(used) == sum("uses" in step for step in steps(file))
    assert not [action for action in used if not PINNED.fullmatch(action)]


@pytest.mark.parametrize("file", FILES, ids=name)
def test_it_may_read_the_repository_and_no_more(file: Path) -> None:
    assert workflow(file)["permissions"] == {}
    assert [job["permissions"] for job in jobs(file)] == [{"contents": "read"}] * len(jobs(file))
    checkouts = [step for step in steps(file) if step.get("uses", "").startswith("actions/checkout@")]
    assert [step["with"]["persist-credentials"] for step in checkouts] == ["false"] * len(checkouts)
    assert "secrets." not in file.read_text()


@pytest.mark.parametrize("file", FILES, ids=name)
def test_a_strangers_text_is_never_run(file: Path) -> None:
    """Neither with the repository's own rights, nor as part of a command."""
    assert set(workflow(file)["on"]) <= {"push", "pull_request", "schedule", "workflow_dispatch"}
    assert not [step["run"] for step in steps(file) if "${{" in step.get("run", "")]


@pytest.mark.parametrize("file", FILES, ids=name)
def test_it_ends(file: Path) -> None:
    assert workflow(file)["concurrency"]["cancel-in-progress"] == "true"
    assert all(int(job["timeout-minutes"]) <= 60 for job in jobs(file))
