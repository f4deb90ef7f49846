"""samconfig.toml against the template, and against accidents."""

import re
import tomllib
from pathlib import Path

import pytest

from tools.local.emulator import ROOT
from tools.stages import LOCAL, stage, stages_of
from tools.template import load_template

PARAMETERS = load_template()["Parameters"]
STAGES = stages_of()
ON_AWS = sorted(STAGES.keys() - {LOCAL})


def settings_with(text: str, folder: Path) -> Path:
    """A project whose stage `stage` has parameters of its own."""
    header = "[stage.global.parameters.parameter_overrides]\n"
    settings = (ROOT / "samconfig.toml").read_text()
    assert header in settings
    (folder / "samconfig.toml").write_text(settings.replace(header, header + text))
    (folder / "template.yaml").write_text((ROOT / "template.yaml").read_text())
    return folder


def test_there_is_a_stage_for_each_of_directscales_systems_and_one_for_the_emulator() -> None:
    assert {"stage", "live", LOCAL} <= STAGES.keys()
    assert len({settings["stack_name"] for settings in STAGES.values()}) == len(STAGES)


def test_taking_one_stage_down_leaves_the_files_of_the_others() -> None:
    """`sam delete` deletes what was uploaded for the stack, and the same build would be the same file."""
    assert len({STAGES[name]["s3_prefix"] for name in ON_AWS}) == len(ON_AWS)


@pytest.mark.parametrize("name", ON_AWS)
def test_nothing_on_aws_changes_without_a_yes(name: str) -> None:
    assert STAGES[name]["confirm_changeset"] is True


def test_no_command_of_the_project_skips_the_question() -> None:
    tools = [ROOT / "Makefile", ROOT / "samconfig.toml", *(ROOT / "tools").rglob("*")]
    read = [file.read_text() for file in tools if file.is_file() and file.suffix != ".pyc"]
    assert not [text for text in read if re.search(r"no.confirm|no.prompt", text)]
    assert STAGES[LOCAL]["confirm_changeset"] is False, "the one that may"


def test_sam_deploy_without_a_stage_goes_nowhere() -> None:
    default = tomllib.loads((ROOT / "samconfig.toml").read_text())["default"]
    assert not [command for command, told in default.items() if "stack_name" in told["parameters"]]


@pytest.mark.parametrize("name", STAGES)
def test_a_deployment_states_every_parameter_of_the_template(name: str) -> None:
    parameters = stage(name).parameters
    assert parameters.keys() == PARAMETERS.keys()
    for key, value in parameters.items():
        allowed = PARAMETERS[key].get("AllowedValues", [value])
        assert value in [str(one) for one in allowed], key


def test_what_a_stage_does_not_say_is_the_templates_default(tmp_path: Path) -> None:
    own = 'RetentionDays = 7\nEventTypes = ["CreateOrderEvent", "CustomEvent"]\n'
    parameters = stage("stage", settings_with(own, tmp_path)).parameters
    assert parameters["RetentionDays"] == "7"
    assert parameters["EventTypes"] == "CreateOrderEvent,CustomEvent"
    assert parameters["LogRetentionDays"] == str(PARAMETERS["LogRetentionDays"]["Default"])
    assert parameters["Architecture"] == PARAMETERS["Architecture"]["Default"]


@pytest.mark.parametrize("name", STAGES)
def test_names_made_from_the_stacks_name_are_not_too_long(name: str) -> None:
    """A bucket's may have 63 characters, all lower case; a function's 64."""
    stack = STAGES[name]["stack_name"]
    assert re.fullmatch(r"[a-z][a-z0-9-]*", stack)
    assert len(f"{stack}-123456789012-ap-southeast-2") <= 63
    functions = [f"{stack}-{event_type.strip()}" for event_type in PARAMETERS["EventTypes"]["Default"].split(",")]
    assert max(len(function) for function in functions) <= 64
