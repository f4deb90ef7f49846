"""Stages: the parameters that `make deploy` passes to SAM."""

import re
from pathlib import Path

import pytest

from tests.template.expanded import ROOT
from tests.template.resources import TEMPLATE
from tools.errors import ToolFailed
from tools.includes import RESOURCES, content
from tools.stages import local_stage, stage

SETTINGS = """
[default.global.parameters]
language_extensions = true

[night.global.parameters]
stack_name = "webhooks-night"

[night.global.parameters.parameter_overrides]
"$include" = "file://functions/handlers/types.yaml"
RetentionDays = 42
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A clone whose client has one stage and three types."""
    (tmp_path / "samconfig.toml").write_text(SETTINGS)
    (tmp_path / "template.yaml").write_text((ROOT / "template.yaml").read_text())
    handlers = tmp_path / "functions" / "handlers"
    for name in ("DailyEvent", "OrderEvent", "CustomEvent", "Mailing"):
        (handlers / name).mkdir(parents=True)
        (handlers / name / "app.py").touch()
    (handlers / "types.yaml").write_text("EventTypes: [DailyEvent, OrderEvent, CustomEvent]\n")
    for file in ("resources", "settings", "variables"):
        (handlers / f"{file}.yaml").write_text("Own: {}\n")
    return tmp_path


def test_every_parameter_is_passed(project: Path) -> None:
    """SAM would keep the value of the last deployment for any other."""
    assert stage("night", project).parameters.keys() == TEMPLATE["Parameters"].keys()


def test_a_stage_overrides_the_defaults(project: Path) -> None:
    parameters = stage("night", project).parameters
    assert parameters["RetentionDays"] == "42"
    assert parameters["EventTypes"] == "DailyEvent,OrderEvent,CustomEvent"
    assert parameters["LogRetentionDays"] == str(TEMPLATE["Parameters"]["LogRetentionDays"]["Default"])


@pytest.mark.parametrize(
    ("listed", "why"),
    [
        ("EventTypes: [Mailing, CustomEvent]\nTakes: [Mailng=OrderEvent]\n", "Takes names Mailng"),
        ("EventTypes: [Mailing, CustomEvent]\nTakes: [Mailing=]\n", "without an event type"),
        ("EventTypes: [Mailing, CustomEvent]\nTakes: [Mailing]\n", "without an event type"),
        ("EventTypes: [M, CustomEvent]\nTakes:\n  - M=A\nTakes:\n  - M=B\n", "two lists Takes"),
        ("EventTypes: [Retired, CustomEvent]\n", "lists Retired, .* no functions/handlers/Retired/app.py"),
        ("EventTypes: [Mailing, CustomEvent, Mailing]\n", "lists Mailing twice"),
    ],
)
def test_a_wrong_list_is_refused(project: Path, listed: str, why: str) -> None:
    (project / "functions" / "handlers" / "types.yaml").write_text(listed)
    with pytest.raises(ToolFailed, match=why):
        stage("night", project)


def test_what_further_handlers_take_is_passed(project: Path) -> None:
    listed = "EventTypes: [Mailing, CustomEvent]\nTakes:\n  - Mailing=OrderEvent\n  - Mailing=DailyEvent\n"
    (project / "functions" / "handlers" / "types.yaml").write_text(listed)
    takes = stage("night", project).parameters["Takes"]
    assert takes == "Mailing=OrderEvent,Mailing=DailyEvent"
    assert re.fullmatch(TEMPLATE["Parameters"]["Takes"]["AllowedPattern"], takes)


@pytest.mark.parametrize("takes", ["Mailing=", "Mailing", "=OrderEvent", "Mailing=,A=B", "A=B,", "A=B=C", "A-b=C"])
def test_a_plain_deployment_is_refused_a_wrong_list(takes: str) -> None:
    assert not re.fullmatch(TEMPLATE["Parameters"]["Takes"]["AllowedPattern"], takes)


def test_the_list_of_this_checkout_is_right() -> None:
    """For plain `sam deploy`, which cannot compare the two lists."""
    local_stage()


@pytest.mark.parametrize("file", ["resources.yaml", "settings.yaml", "variables.yaml"])
@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Own: {Ref: [}\n", "while parsing(.|\n)+line 1"),
        ("Own: {}\nTwo: !Sub a\n", "'!Sub'(.|\n)+line 2"),
        ("# none\n", "names with values"),
        ("- Own\n", "names with values"),
        (None, "No such file"),
    ],
)
def test_what_cannot_be_included_is_refused(project: Path, file: str, text: str | None, why: str) -> None:
    path = project / "functions" / "handlers" / file
    path.unlink() if text is None else path.write_text(text)
    with pytest.raises(ToolFailed, match=rf"^functions/handlers/{file} cannot be included: (.|\n)*{why}"):
        stage("night", project)


def test_an_included_date_is_a_text(project: Path) -> None:
    (project / RESOURCES).write_text("Version: 2012-10-17\n")
    assert content(project, RESOURCES) == {"Version": "2012-10-17"}
