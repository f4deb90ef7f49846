"""docs/runbook.md against the template, the log's words, and what the AWS CLI knows."""

import re
import shlex
from collections.abc import Iterator

import boto3
import jmespath
import pytest
from botocore import xform_name

from tests.template.expanded import alarms
from tests.template.logs import ACCESS_FIELDS, FIELDS, INSIGHTS, MESSAGES
from tests.template.resources import ROOT, resources

TEXT = (ROOT / "docs" / "runbook.md").read_text()
CODE = "\n".join(re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL) + re.findall(r"`((?:aws|ask) [^`]+)`", TEXT))

# Commands that the AWS CLI has beside those of the services' APIs.
OF_THE_CLI = {("s3", "ls"), ("s3", "cp"), ("logs", "tail")}
OF_EVERY_COMMAND = {"query", "output"}


def anchor(heading: str) -> str:
    return heading.lower().replace(" ", "-")


def headings(text: str) -> list[str]:
    without_code = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    return [anchor(heading) for heading in re.findall(r"^#+ (.+)$", without_code, re.MULTILINE)]


def commands() -> Iterator[list[str]]:
    """Each `aws` command in words, those in pipes and substitutions too."""
    lines = re.sub(r"\\\n\s*", " ", CODE).replace("$(date +%s)", "0")
    lines = re.sub(r"\$\(\([^()]*\)\)", "0", lines)
    word = r"""'[^']*' | "(?:\\.|[^"\\])*" | \$\([^()]*\) | [^'"|;&()\n>]"""
    for found in re.finditer(rf"\baws [ ] ((?:{word})+)", lines, re.VERBOSE):
        yield shlex.split(found[1], comments=True)


def queries() -> Iterator[tuple[str, set[str]]]:
    """The Logs Insights queries, with the fields that their logs have."""
    for query, logs in re.findall(r'ask \d+ "([^"]+)"(.*)', CODE):
        yield query, ACCESS_FIELDS if "$access" in logs else FIELDS


def test_every_alarm_has_its_heading_and_every_heading_its_alarm() -> None:
    found = headings(TEXT.partition("\n## Alarms\n")[2].partition("\n## ")[0])
    referred = {alarm["AlarmDescription"].rpartition("docs/runbook.md#")[2] for alarm in alarms().values()}
    assert sorted(found) == sorted(referred)


def test_every_link_leads_somewhere() -> None:
    anchors = headings(TEXT)
    assert len(anchors) == len(set(anchors))
    for target in re.findall(r"\]\(([^)]+)\)", TEXT):
        if target.startswith("#"):
            assert target[1:] in anchors
        else:
            assert target == "deploy.md" or target.startswith("https://docs.aws.amazon.com/")


@pytest.mark.parametrize("command", list(commands()), ids=" ".join)
def test_the_aws_cli_knows_the_command(command: list[str]) -> None:
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
    assert options <= known | {f"no-{name}" for name in known} | OF_EVERY_COMMAND


@pytest.mark.parametrize("expression", re.findall(r"""--query (?:'[^']+'|"[^"]+")""", CODE))
def test_what_is_picked_from_an_answer_can_be_parsed(expression: str) -> None:
    jmespath.compile(expression.removeprefix("--query ")[1:-1].replace("$stack", "webhooks"))


@pytest.mark.parametrize(
    ("query", "fields"), list(queries()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_query_asks_for_what_is_logged(query: str, fields: set[str]) -> None:
    names = set(re.findall(r"@?[a-zA-Z_]\w*", re.sub(r"'[^']*'|\d\w*", "", query)))
    assert names - INSIGHTS <= fields
    said = re.search(r"message (?:= '[^']*'|in \[[^\]]*\])", query)
    assert not said or set(re.findall(r"'([^']*)'", said[0])) <= MESSAGES


def test_the_access_log_has_the_fields_that_are_asked_for() -> None:
    (stage,) = resources("ApiGatewayV2::Stage").values()
    assert set(stage["AccessLogSettings"]["Format"]["Fn::ToJsonString"]) == ACCESS_FIELDS
