"""docs/deploy.md against what it tells of."""

import re

import pytest

from tools.local.emulator import ROOT
from tools.pages import generated
from tools.stages import stages_of
from tools.subscriptions import NAME, PAGE, table
from tools.template import load_template

TEXT = PAGE.read_text()
TOOLS = [file.read_text() for file in (ROOT / "tools").rglob("*.py")]
TOLD = sorted({anchor for text in [TEXT, *TOOLS] for anchor in re.findall(r"(?:docs/deploy\.md|\]\()#([\w-]+)", text)})


def test_it_tells_the_url_of_every_event_type() -> None:
    assert generated(TEXT, NAME) == table(), "stale: run .venv/bin/python -m tools.subscriptions"


@pytest.mark.parametrize("anchor", TOLD)
def test_where_a_command_or_the_page_itself_says_to_read_on_there_is_a_heading(anchor: str) -> None:
    headings = re.findall(r"^#+ (.+)$", TEXT, re.MULTILINE)
    assert anchor in [heading.lower().replace(" ", "-") for heading in headings]


def test_it_names_stages_that_there_are() -> None:
    named = re.findall(r"STAGE=(\w+)|--config-env (\w+)|\[(\w+)\.global\.parameters", TEXT)
    assert {name for names in named for name in names if name} == {"stage", "live"}
    assert stages_of().keys() >= {"stage", "live"}


def test_it_names_parameters_and_outputs_that_the_template_has() -> None:
    settings = TEXT.split("## Settings of a stage")[1].split("\n## ")[0]
    bullets = re.findall(r"^- ([^:]+):", settings, re.MULTILINE)
    parameters = {name for bullet in bullets for name in re.findall(r"`(\w+)`", bullet)}
    assert len(parameters) >= len(bullets) >= 4
    template = load_template()
    assert parameters <= template["Parameters"].keys()
    assert set(re.findall(r"OutputKey=='(\w+)'", TEXT)) <= template["Outputs"].keys()
