"""Stages: the parameters that `make deploy` passes to SAM."""

from pathlib import Path

import pytest

from tests.template.expanded import ROOT
from tests.template.resources import TEMPLATE
from tools.stages import stage

SETTINGS = """
[default.global.parameters]
language_extensions = true

[night.global.parameters]
stack_name = "webhooks-night"

[night.global.parameters.parameter_overrides]
"$include" = "file://functions/handlers/types.yaml"
RetentionDays = 7
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A clone whose client has one stage and three types."""
    (tmp_path / "samconfig.toml").write_text(SETTINGS)
    (tmp_path / "template.yaml").write_text((ROOT / "template.yaml").read_text())
    (tmp_path / "functions" / "handlers").mkdir(parents=True)
    (tmp_path / "functions" / "handlers" / "types.yaml").write_text(
        "EventTypes: [DailyEvent, OrderEvent, CustomEvent]\n"
    )
    return tmp_path


def test_every_parameter_is_passed(project: Path) -> None:
    """SAM would keep the value of the last deployment for any other."""
    assert stage("night", project).parameters.keys() == TEMPLATE["Parameters"].keys()


def test_a_stage_overrides_the_defaults(project: Path) -> None:
    parameters = stage("night", project).parameters
    assert parameters["RetentionDays"] == "7"
    assert parameters["EventTypes"] == "DailyEvent,OrderEvent,CustomEvent"
    assert parameters["LogRetentionDays"] == str(TEMPLATE["Parameters"]["LogRetentionDays"]["Default"])
