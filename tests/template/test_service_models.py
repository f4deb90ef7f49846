"""The APIs take what the template says, by botocore's models."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.template.expanded import Resources, expanded, of_kind, with_other_parameters
from tests.template.service_models import CALLS, problems, session

OFF = ("AlarmEmail=", "DomainName=", "CertificateArn=", "CanaryDeployments=false")
KINDS = sorted({resource["Type"].removeprefix("AWS::") for resource in expanded().values()})
REGIONS = {"aws": ("us-east-1", "eu-central-1", "eu-west-1", "ap-southeast-2"), "aws-cn": ("cn-north-1",)}


def variants() -> Iterator[Resources]:
    """With everything, with nothing optional, and with other values."""
    yield from (expanded(), expanded(*OFF), with_other_parameters())


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "CloudFormation::WaitConditionHandle"])
def test_the_api_takes_a_resource(kind: str) -> None:
    """A wait condition's handle is CloudFormation's own."""
    for resources in variants():
        named = {name: body["Properties"] for name, body in resources.items() if body["Type"] == f"AWS::{kind}"}
        assert [(name, each) for name, properties in named.items() for each in problems(kind, properties)] == []


@pytest.mark.parametrize("region", [(partition, each) for partition, several in REGIONS.items() for each in several])
def test_a_region_has_each_service(region: tuple[str, str]) -> None:
    services = {CALLS[kind].split()[0] for kind in KINDS if kind in CALLS} - {"iam"}  # global
    assert not [each for each in services if region[1] not in session().get_available_regions(each, region[0])]


@pytest.mark.parametrize(
    ("kind", "broken", "problem"),
    [
        ("Lambda::Function", {"MemorySise": 512}, "MemorySise: no call takes it"),
        ("Lambda::Function", {"Runtime": "python3.31"}, "'python3.31' is none of"),
        ("Lambda::Function", {"FunctionName": "web hooks"}, "'web hooks' does not match"),
        ("Lambda::Function", {"Timeout": "soon"}, "'soon' is no number"),
        ("Lambda::Function", {"LoggingConfig": {"Group": "a"}}, "LoggingConfig/Group: unknown"),
        ("Lambda::EventSourceMapping", {"ScalingConfig": {"MaximumConcurrency": 1}}, "1 is not in 2 to"),
        ("SQS::Queue", {"VisibilityTimeOut": 1, "Visibility": 1}, "Visibility: no call takes it"),
        ("DynamoDB::Table", {"DeletionProtectionEnabled": "maybe"}, "'maybe' is no boolean"),
        ("DynamoDB::Table", {"TimeToLiveSpecification": {"Enabled": True}}, "AttributeName: missing"),
        ("CloudWatch::Alarm", {"Dimensions": {"Name": "a"}}, "is no list"),
    ],
    ids=str,
)
def test_a_break_is_found(kind: str, broken: dict[str, Any], problem: str) -> None:
    right = next(iter(of_kind(kind).values()))
    assert problem in " ".join(problems(kind, right | broken))
