"""docs/runbook.md and deploy.md: alarms have their sections; options and queries are valid, also of inline commands.

tests/e2e/test_pages.py plays the blocks.
"""

import re
import shlex
from importlib import import_module

import boto3
import pytest
from botocore import xform_name
from typer.core import TyperGroup
from typer.main import get_command

from tests.template.expanded import ROOT, alarms, of_kind
from tests.template.metrics import CODE as SOURCE
from webhooks_cli.app import app
from webhooks_cli.commands import COMMANDS

TEXT = (ROOT / "docs" / "runbook.md").read_text()
DEPLOY = (ROOT / "docs" / "deploy.md").read_text()
CODE = "\n".join(re.findall(r"^ *```sh\n(.*?)^ *```", TEXT, re.DOTALL | re.MULTILINE))
INSIGHTS = {"fields", "filter", "stats", "by", "sort", "desc", "limit", "count", "latest", "max", "bin", "and", "in"}


def anchors(text: str) -> list[str]:
    without_code = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    return [heading.lower().replace(" ", "-") for heading in re.findall(r"^#+ (.+)$", without_code, re.MULTILINE)]


def inline(command: str) -> list[str]:
    """The arguments of a command wherever the text of a page has it; its blocks are played."""
    text = re.sub(r"^ *```.*?^ *```", "", TEXT + DEPLOY, flags=re.DOTALL | re.MULTILINE)
    found = re.findall(rf"`{command} ([^`]+)`", text)
    return sorted({each for each in found if not each.startswith("configure")})


def test_alarms_and_sections_match() -> None:
    sections = anchors(TEXT.partition("\n## Alarms\n")[2].partition("\n## ")[0])
    assert set(sections) == {alarm["AlarmDescription"].rpartition("#")[2] for alarm in alarms().values()}


@pytest.mark.parametrize("page", [TEXT, DEPLOY], ids=["runbook", "deploy"])
def test_links_between_the_pages_have_targets(page: str) -> None:
    assert set(re.findall(r"\]\(runbook.md#([^)]+)\)", page)) <= set(anchors(TEXT))
    assert set(re.findall(r"\]\(deploy.md#([^)]+)\)", page)) <= set(anchors(DEPLOY))
    own = set(anchors(page))
    assert set(re.findall(r"\]\(#([^)]+)\)", page)) <= own


@pytest.mark.parametrize("command", inline("aws"))
def test_the_aws_cli_has_the_command(command: str) -> None:
    service, operation, *arguments = shlex.split(command)
    client = boto3.client(service, region_name="us-east-1")  # type: ignore[call-overload]
    method = client.meta.method_to_api_mapping[operation.replace("-", "_")]
    shape = client.meta.service_model.operation_model(method).input_shape
    known = {xform_name(member, "-") for member in (shape.members if shape else {})}
    assert {word[2:] for word in arguments if word.startswith("--")} <= known | {"query", "output"}


@pytest.mark.parametrize("command", inline("webhooks"))
def test_our_command_exists(command: str) -> None:
    words = shlex.split(command)
    import_module(f"webhooks_cli.commands.{COMMANDS[words[0]].module}")
    found = get_command(app)
    while isinstance(found, TyperGroup):
        found = found.commands[words.pop(0)]
    options = {option for parameter in found.params for option in parameter.opts}
    assert {word for word in words if word.startswith("-")} <= options


@pytest.mark.parametrize(("query", "logs"), re.findall(r'ask \d+ "([^"]+)"(.*)', CODE))
def test_a_query_asks_for_what_is_logged(query: str, logs: str) -> None:
    """Fields that begin with `@` are those of Lambda and CloudWatch."""
    (stage,) = of_kind("ApiGatewayV2::Stage").values()
    source = stage["AccessLogSettings"]["Format"] if "$access" in logs else SOURCE
    names = set(re.findall(r"(?<![@\w])[a-zA-Z_]\w*", re.sub(r"'[^']*'|\d\w*", "", query))) - INSIGHTS
    logged = {"level", "service", "message"}  # by Powertools
    assert not [name for name in names - logged if not re.search(rf"\b{name}\b", source)]
    messages = re.findall(r"message (?:=|in) (\[[^\]]*\]|'[^']*')", query)
    assert not [one for one in re.findall(r"'([^']*)'", " ".join(messages)) if f'"{one}"' not in SOURCE]
