"""docs/runbook.md, deploy.md and types.md: alarms have their sections; commands, options and queries exist.

tests/e2e/test_pages.py and test_life_of_a_type.py run the commands.
"""

import re
import shlex
from functools import cache
from importlib import import_module
from typing import Any

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
TYPES = (ROOT / "docs" / "types.md").read_text()
CODE = "\n".join(re.findall(r"^ *```sh\n(.*?)^ *```", TEXT, re.DOTALL | re.MULTILINE))
INSIGHTS = {"fields", "filter", "stats", "by", "sort", "desc", "limit", "count", "latest", "max", "bin", "and", "in"}


def anchors(text: str) -> list[str]:
    without_code = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    return [heading.lower().replace(" ", "-") for heading in re.findall(r"^#+ (.+)$", without_code, re.MULTILINE)]


def commands(name: str) -> list[str]:
    """The arguments of a command wherever the pages have it, in their text or their blocks."""
    text = TEXT + DEPLOY + TYPES
    block = re.compile(r"^ *```.*?^ *```", re.DOTALL | re.MULTILINE)
    code = re.sub(r" \\\n *|\s# .*", " ", "\n".join(block.findall(text)))
    found = re.findall(rf"`{name} ([^`]+)`", block.sub("", text))
    found += re.findall(rf"(?:^|[(|;]|while) *{name} ([^|;\n]+)", code, re.MULTILINE)
    return sorted({each.strip() for each in found if not each.startswith("--stack")})


def options(command: str) -> set[str]:
    return set(re.findall(r"(?<=\s)--[\w-]+", command))


@cache
def client(service: str) -> Any:
    return boto3.client({"deploy": "codedeploy"}.get(service, service), region_name="us-east-1")  # type: ignore[call-overload]


def test_alarms_and_sections_match() -> None:
    sections = anchors(TEXT.partition("\n## Alarms\n")[2].partition("\n## ")[0])
    assert set(sections) == {alarm["AlarmDescription"].rpartition("#")[2] for alarm in alarms().values()}


@pytest.mark.parametrize("page", [TEXT, DEPLOY], ids=["runbook", "deploy"])
def test_links_between_the_pages_have_targets(page: str) -> None:
    assert set(re.findall(r"\]\(runbook.md#([^)]+)\)", page)) <= set(anchors(TEXT))
    assert set(re.findall(r"\]\(deploy.md#([^)]+)\)", page)) <= set(anchors(DEPLOY))
    own = set(anchors(page))
    assert set(re.findall(r"\]\(#([^)]+)\)", page)) <= own


# What the AWS CLI adds to the APIs, and the commands with `...` for what the reader enters.
ADDED = re.compile(r"configure|s3 |dynamodb wait|.*\.\.\.")


@pytest.mark.parametrize("command", [each for each in commands("aws") if not ADDED.match(each)])
def test_the_aws_cli_has_the_command(command: str) -> None:
    service, operation = command.split()[:2]
    model = client(service).meta
    shape = model.service_model.operation_model(model.method_to_api_mapping[operation.replace("-", "_")]).input_shape
    known = {f"--{no}{xform_name(member, '-')}" for member in (shape.members if shape else {}) for no in ("", "no-")}
    assert options(command) <= known | {"--query", "--output"}


@pytest.mark.parametrize("command", commands("webhooks"))
def test_our_command_exists(command: str) -> None:
    words = shlex.split(command)
    import_module(f"webhooks_cli.commands.{COMMANDS[words[0]].module}")
    found = get_command(app)
    while isinstance(found, TyperGroup):
        found = found.commands[words.pop(0)]
    assert options(command) <= {option for parameter in found.params for option in parameter.opts}


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
