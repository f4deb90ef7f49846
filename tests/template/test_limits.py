"""Limits of AWS: a stage that exceeds one is refused before anything is uploaded."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.template.expanded import MOST_TYPES
from tools.errors import ToolFailed
from tools.limits import check_limits
from tools.stages import Stage, stage

ACCOUNT, REGION = "123456789012", "eu-central-1"


type Refusal = Callable[..., str]


@pytest.fixture
def refusal(project: Path) -> Refusal:
    """Why a stage with other values is refused; empty if it is not."""

    def refusal(stack: str = "webhooks-stage", types: str = "", **parameters: str) -> str:
        own = stage("stage", project)
        values = {**own.parameters, "EventTypes": types or own.parameters["EventTypes"], **parameters}
        changed = Stage("stage", {"stack_name": stack}, values, own.project)
        try:
            check_limits(changed, ACCOUNT, REGION)
        except ToolFailed as failed:
            return str(failed)
        return ""

    return refusal


def test_a_stage_within_all_limits_passes(refusal: Refusal) -> None:
    assert refusal() == ""


def test_names_that_aws_refuses_are_named(refusal: Refusal) -> None:
    longest = "SubscriptionWasPausedByAnOperatorOfTheBackOfficeEvent"
    why = refusal("Webhooks-Of-All-Stores-Worldwide", f"CustomEvent,{longest}")
    assert f"Webhooks-Of-All-Stores-Worldwide-{longest}: 86 characters, at most 64" in why
    assert f"dead-letters-{longest}: 99 characters, at most 80. Shorten the longest event type, {longest}, or" in why
    assert "AWS::S3::Bucket" not in why, "58 characters"
    assert "must be in lower case" in why


def test_too_many_handlers_are_counted(refusal: Refusal) -> None:
    types = ",".join(["CustomEvent", *(f"Type{number}Event" for number in range(MOST_TYPES))])
    assert f"{MOST_TYPES + 1} handlers of 13 each. {MOST_TYPES} handlers fit" in refusal(types=types)


def test_a_large_environment_is_refused(refusal: Refusal) -> None:
    takes = ",".join(f"DailyEvent=SomeFurtherEventNumber{number}" for number in range(60))
    why = refusal(Takes=takes)
    assert "webhooks-stage-ingest: its environment has" in why
    assert "webhooks-stage-relay" not in why, "it has the list once"


@pytest.mark.parametrize(
    ("parameter", "value", "why"),
    [
        ("RetentionDays", "27", "RetentionDays is 27; it may be 28 or more"),
        ("RetentionDays", "a month", "RetentionDays is a month"),
        ("SilenceHours", "169", "SilenceHours is 169; it may be 1 to 168"),
        ("LogRetentionDays", "8", "LogRetentionDays is 8; it may be 1, 3, 5"),
        ("EventTypes", "OrderEvent", "EventTypes must include CustomEvent"),
    ],
)
def test_values_that_aws_refuses_are_named(refusal: Refusal, parameter: str, value: str, why: str) -> None:
    assert why in refusal(**{parameter: value})


@pytest.mark.parametrize(
    ("resources", "why"),
    [
        (
            "Own: {Type: a, Properties: {Name: {'Fn::FindInMap': [Handlers, Nobody, Name]}}}\n",
            "cannot find key 'Nobody'",
        ),
        ("Own: {Type: 'AWS::Serverless::Function', Properties: {Handler: a}}\n", "id [Own] is invalid"),
    ],
)
def test_unusable_resources_are_named(project: Path, tmp_path: Path, resources: str, why: str) -> None:
    handlers = tmp_path / "functions" / "handlers"
    shutil.copytree(project / "functions" / "handlers", handlers)
    shutil.copy(project / "template.yaml", tmp_path)
    (handlers / "resources.yaml").write_text(resources)
    with pytest.raises(ToolFailed) as refused:
        check_limits(replace(stage("stage", project), project=tmp_path), ACCOUNT, REGION)
    assert why in str(refused.value)
    assert "Traceback" not in str(refused.value)
