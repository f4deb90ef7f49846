"""What CloudFormation makes of the template: a canary if it is wanted, new versions when they are due, not too much."""

from typing import Any

from tests.template.expanded import expanded
from tests.template.resources import ROOT, TEMPLATE, event_types, resources

CANARY = expanded()
ALIAS = "IngestFunctionAliaslive"


def plain() -> dict[str, dict[str, Any]]:
    return expanded("CanaryDeployments=false")


def version(of: dict[str, Any]) -> str:
    """The logical id of ingest's version: CloudFormation makes a new one when it changes."""
    name: str = of[ALIAS]["Properties"]["FunctionVersion"]["Fn::GetAtt"][0]
    return name


def test_the_api_calls_the_alias_and_may_call_no_other_version() -> None:
    (integration,) = resources("ApiGatewayV2::Integration").values()
    (permission,) = resources("Lambda::Permission").values()
    assert integration["IntegrationUri"] == permission["FunctionName"] == {"Ref": ALIAS}
    assert plain()[ALIAS]["Properties"]["Name"] == "live"


def test_without_canaries_the_alias_just_moves() -> None:
    assert TEMPLATE["Parameters"]["CanaryDeployments"]["Default"] == "false"
    assert "UpdatePolicy" not in plain()[ALIAS]
    assert not [name for name, body in plain().items() if body["Type"].startswith("AWS::CodeDeploy::")]


def test_a_canary_is_rolled_back_when_ingest_fails() -> None:
    assert "CodeDeployLambdaAliasUpdate" in CANARY[ALIAS]["UpdatePolicy"]
    group = CANARY["IngestFunctionDeploymentGroup"]["Properties"]
    assert group["DeploymentConfigName"]["Fn::Sub"][1]["ConfigName"].startswith("Canary10Percent")
    assert "DEPLOYMENT_STOP_ON_ALARM" in group["AutoRollbackConfiguration"]["Events"]
    watched = [CANARY[alarm["Name"]["Ref"]]["Properties"] for alarm in group["AlarmConfiguration"]["Alarms"]]
    assert {alarm["AlarmName"] for alarm in watched} == {"webhooks-ingest-errors", "webhooks-server-errors"}
    assert all(alarm["Period"] == 60 for alarm in watched), "ten minutes are soon over"


def test_a_changed_parameter_makes_a_new_version_of_ingest() -> None:
    assert version(expanded("RetentionDays=10")) != version(CANARY)


def test_a_changed_layer_makes_a_new_version_of_ingest() -> None:
    """Ingest's code is in a layer for the most part."""
    ingest = resources("Serverless::Function")["IngestFunction"]
    assert (ingest["AutoPublishAlias"], ingest["AutoPublishAliasAllProperties"]) == ("live", True)
    layers = resources("Serverless::LayerVersion")
    assert [name for name, layer in layers.items() if layer["PublishLambdaVersion"] is True] == list(layers)


def test_turning_canaries_on_changes_nothing_else() -> None:
    assert version(plain()) == version(CANARY)


def test_cloudformation_takes_it_with_room_for_twenty_more_types() -> None:
    """It takes 500 resources in a stack, and a template of 1 MB."""
    per_type = (len(CANARY) - len(expanded("EventTypes=CustomEvent"))) / (len(event_types()) - 1)
    assert len(CANARY) + 20 * per_type <= 500
    assert (ROOT / "template.yaml").stat().st_size < 1_000_000
