"""The CI workflow: pinned actions, and no rights beyond reading."""

import re
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).parents[2] / ".github" / "workflows" / "ci.yml"
WORKFLOW: dict[str, Any] = yaml.load(FILE.read_text(), yaml.BaseLoader)  # noqa: S506 - reads every value as text
JOBS = list(WORKFLOW["jobs"].values())
STEPS = [step for job in JOBS for step in job["steps"]]


def test_every_action_is_pinned_by_commit() -> None:
    actions = [step["uses"] for step in STEPS if "uses" in step]
    assert not [action for action in actions if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", action)]


def test_it_may_only_read_the_repository() -> None:
    assert WORKFLOW["permissions"] == {}
    assert all(job["permissions"] == {"contents": "read"} for job in JOBS)
    checkouts = [step for step in STEPS if step.get("uses", "").startswith("actions/checkout@")]
    assert all(step["with"]["persist-credentials"] == "false" for step in checkouts)


def test_no_text_of_a_pull_request_is_executed() -> None:
    """Neither with the repository's own rights nor as part of a command."""
    assert "pull_request_target" not in WORKFLOW["on"]
    assert not [step["run"] for step in STEPS if "${{" in step.get("run", "")]
