"""Deployments: when ingest gets a new version, and what a canary watches."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.template.expanded import MOST_TYPES, Resources, expanded, with_other_parameters
from tests.template.resources import TEMPLATE
from tools.stages import revision

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
    new = {"Fn::GetAtt": [version(CANARY), "Version"]}
    dimensions = [{each["Name"]: each["Value"] for each in alarm["Dimensions"]} for alarm in watched]
    assert [each.get("ExecutedVersion") or each["version"] for each in dimensions] == [new, new]


def test_a_version_that_was_rolled_back_is_deleted() -> None:
    """Lambda publishes no version that equals the last one: the same commit could not be deployed again."""
    assert CANARY[version(CANARY)]["DeletionPolicy"] == "Delete"


def test_a_version_has_the_name_of_its_revision() -> None:
    """For SAM and for Lambda, so that neither takes for a change what the other one does not."""
    resources = expanded("Revision=1f0c5e0a9b7d3c2e4a68")
    assert version(resources) == "IngestFunctionVersion1f0c5e0a9b"
    assert resources["IngestFunction"]["Properties"]["Description"] == "1f0c5e0a9b7d3c2e4a68"


def test_a_revision_changes_with_the_template(tmp_path: Path) -> None:
    """With tags too, for which Lambda publishes no version."""
    (tmp_path / "IngestFunction").mkdir()
    code, template = tmp_path / "IngestFunction" / "app.py", tmp_path / "template.yaml"
    code.write_text("1")
    template.write_text("Tags: {}")
    names = [revision(tmp_path, {"RetentionDays": "35"}), revision(tmp_path, {"RetentionDays": "36"})]
    template.write_text("Tags: {team: shop}")
    names.append(revision(tmp_path, {"RetentionDays": "35"}))
    code.write_text("2")
    names.append(revision(tmp_path, {"RetentionDays": "35"}))
    assert len(set(names)) == 4
    assert revision(tmp_path, {"RetentionDays": "35"}) == names[-1]


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
