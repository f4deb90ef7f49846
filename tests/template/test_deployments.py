"""Deployments: when ingest gets a new version, and what a canary watches."""

from collections.abc import Iterator
from typing import Any

from tests.template.expanded import MOST_TYPES, Resources, expanded, with_other_parameters
from tests.template.resources import TEMPLATE

ALIAS = "IngestFunctionAliaslive"
CANARY = expanded()
PLAIN = expanded("CanaryDeployments=false")


def version(resources: Resources) -> str:
    """The logical id of ingest's version: a new id is a new version."""
    name: str = resources[ALIAS]["Properties"]["FunctionVersion"]["Fn::GetAtt"][0]
    return name


def references(node: Any) -> Iterator[str]:
    """The parameters and resources that a part of the template refers to with `Ref`."""
    if isinstance(node, dict) and node.keys() == {"Ref"}:
        yield node["Ref"]
        return
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from references(child)


def test_the_api_calls_only_the_alias() -> None:
    called = CANARY["IngestIntegration"]["Properties"]["IntegrationUri"]
    assert called == CANARY["ApiMayCallIngest"]["Properties"]["FunctionName"] == {"Ref": ALIAS}


def test_without_canaries_the_alias_just_moves() -> None:
    assert "UpdatePolicy" not in PLAIN[ALIAS]
    assert not [name for name, body in PLAIN.items() if body["Type"].startswith("AWS::CodeDeploy::")]


def test_a_canary_rolls_back_on_an_alarm() -> None:
    assert "CodeDeployLambdaAliasUpdate" in CANARY[ALIAS]["UpdatePolicy"]
    group = CANARY["IngestFunctionDeploymentGroup"]["Properties"]
    assert "DEPLOYMENT_STOP_ON_ALARM" in group["AutoRollbackConfiguration"]["Events"]
    watched = [CANARY[alarm["Name"]["Ref"]]["Properties"] for alarm in group["AlarmConfiguration"]["Alarms"]]
    assert watched
    assert all(alarm["Period"] == 60 for alarm in watched), "a canary lasts ten minutes"


def test_ingest_writes_its_parameters_out() -> None:
    """SAM publishes no new version if only a value behind a `Ref` changes. EndpointUrl is empty on AWS."""
    variables = dict(TEMPLATE["Resources"]["IngestFunction"]["Properties"]["Environment"]["Variables"])
    written = set(references(variables.pop("PARAMETERS")["Fn::ToJsonString"]))
    assert set(references(variables)) & TEMPLATE["Parameters"].keys() - {"EndpointUrl"} == written


def test_turning_canaries_on_makes_no_new_version() -> None:
    assert version(PLAIN) == version(CANARY)


def test_a_stack_holds_34_event_types() -> None:
    resources = with_other_parameters()
    assert len([name for name in resources if name.endswith("Handler")]) == MOST_TYPES == 34
    assert len(resources) <= 500
