"""docs/runbook.md: every alarm has its section, and its commands and queries work."""

import re
import shlex
from collections.abc import Iterator

import boto3
import jmespath
import pytest
from botocore import xform_name

from tests.template.expanded import ROOT, alarms, of_kind
from tests.template.metrics import CODE as SOURCE

TEXT = (ROOT / "docs" / "runbook.md").read_text()
CODE = "\n".join(re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL) + re.findall(r"`((?:aws|ask) [^`]+)`", TEXT))
OF_THE_CLI = {("s3", "ls"), ("s3", "cp"), ("logs", "tail")}  # they are no API operations
INSIGHTS = {"fields", "filter", "stats", "by", "sort", "desc", "limit", "count", "latest", "max", "bin", "and", "in"}


def anchors(text: str) -> list[str]:
    without_code = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    return [heading.lower().replace(" ", "-") for heading in re.findall(r"^#+ (.+)$", without_code, re.MULTILINE)]


def commands() -> Iterator[list[str]]:
    """Each `aws` command in words, also those in pipes and substitutions."""
    lines = re.sub(r"\\\n\s*", " ", CODE).replace("$(date +%s)", "0")
    lines = re.sub(r"\$\(\([^()]*\)\)", "0", lines)
    word = r"""'[^']*' | "(?:\\.|[^"\\])*" | \$\([^()]*\) | [^'"|;&()\n>]"""
    for found in re.finditer(rf"\baws [ ] ((?:{word})+)", lines, re.VERBOSE):
        yield shlex.split(found[1], comments=True)


def test_alarms_and_sections_match() -> None:
    sections = anchors(TEXT.partition("\n## Alarms\n")[2].partition("\n## ")[0])
    assert set(sections) == {alarm["AlarmDescription"].rpartition("#")[2] for alarm in alarms().values()}


def test_every_internal_link_has_a_target() -> None:
    assert set(re.findall(r"\]\(#([^)]+)\)", TEXT)) <= set(anchors(TEXT))


@pytest.mark.parametrize("command", list(commands()), ids=" ".join)
def test_the_aws_cli_has_the_command(command: list[str]) -> None:
    service, operation, *arguments = command
    if (service, operation) in OF_THE_CLI:
        return
    client = boto3.client(service, region_name="us-east-1")  # type: ignore[call-overload]
    if operation == "wait":
        assert arguments[0].replace("-", "_") in client.waiter_names
        return
    method = client.meta.method_to_api_mapping[operation.replace("-", "_")]
    shape = client.meta.service_model.operation_model(method).input_shape
    known = {xform_name(member, "-") for member in (shape.members if shape else {})}
    options = {word[2:] for word in arguments if word.startswith("--")}
    assert options <= known | {f"no-{name}" for name in known} | {"query", "output"}


@pytest.mark.parametrize("expression", re.findall(r"""--query (?:'[^']+'|"[^"]+")""", CODE))
def test_a_jmespath_expression_is_valid(expression: str) -> None:
    jmespath.compile(expression.removeprefix("--query ")[1:-1].replace("$stack", "webhooks"))


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
