"""The resources that the template deploys, its parameters at their defaults; none without a stated price passes."""

from collections.abc import Mapping
from typing import Any

from tests.integration.template import resources
from tests.template_loader import load_template

type Resources = Mapping[str, Mapping[str, Any]]

_BY_USE = {
    "AWS::ApiGatewayV2::Stage",
    "AWS::DynamoDB::Table",
    "AWS::Logs::LogGroup",
    "AWS::S3::Bucket",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
    "AWS::Serverless::Function",
}
_BY_THE_MONTH = {
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::CompositeAlarm",
    "AWS::CloudWatch::Dashboard",
    "AWS::KMS::Key",
    "AWS::Logs::MetricFilter",
    "AWS::SecretsManager::Secret",
}
_FREE = {
    "AWS::ApiGatewayV2::Api",
    "AWS::ApiGatewayV2::ApiMapping",
    "AWS::ApiGatewayV2::DomainName",
    "AWS::ApiGatewayV2::Integration",
    "AWS::ApiGatewayV2::Route",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Role",
    "AWS::IAM::RolePolicy",
    "AWS::KMS::Alias",
    "AWS::Lambda::Permission",
    "AWS::Logs::QueryDefinition",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::Subscription",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
    "AWS::Serverless::LayerVersion",
}
_EXTRA = {
    "AWS::DynamoDB::Table": {"ProvisionedThroughput", "ReplicationSpecification", "StreamSpecification"},
    "AWS::SQS::Queue": {"KmsMasterKeyId"},
    "AWS::Serverless::Function": {"ProvisionedConcurrencyConfig", "SnapStart", "Tracing", "VpcConfig"},
}
"""Properties that would cost something, and that the template does not use."""


class Unpriced(Exception):
    """The template deploys something for which no price is stated here."""


def deployed() -> Resources:
    """By logical id, the loop unrolled, without those whose condition does not hold."""
    conditions = load_template().get("Conditions", {})
    return {
        name: found
        for name, found in resources().items()
        if "Condition" not in found or holds({"Condition": found["Condition"]}, conditions)
    }


def default(parameter: str) -> str:
    """The default of a parameter."""
    return str(load_template()["Parameters"][parameter]["Default"])


def of_type(found: Resources, kind: str) -> dict[str, Mapping[str, Any]]:
    """The properties of the resources of one type, by logical id."""
    return {name: each.get("Properties", {}) for name, each in found.items() if each["Type"] == kind}


def refuse_unpriced(found: Resources) -> None:
    """Raises `Unpriced`."""
    for name, each in found.items():
        kind = each["Type"]
        if kind not in _BY_USE | _BY_THE_MONTH | _FREE:
            raise Unpriced(f"{name} is an {kind}: state its price, or that it has none")
        if extra := _EXTRA.get(kind, set()) & each.get("Properties", {}).keys():
            raise Unpriced(f"{name} has {', '.join(sorted(extra))}: state what it costs")


def holds(condition: Mapping[str, Any], named: Mapping[str, Any]) -> bool:
    """Whether a condition of the template holds; `named` are those that it may refer to."""
    ((function, told),) = condition.items()
    match function:
        case "Condition":
            return holds(named[told], named)
        case "Fn::Equals":
            first, second = (default(side["Ref"]) if isinstance(side, dict) else str(side) for side in told)
            return first == second
        case "Fn::Not":
            return not holds(told[0], named)
        case "Fn::And":
            return all(holds(each, named) for each in told)
        case "Fn::Or":
            return any(holds(each, named) for each in told)
    raise NotImplementedError(function)
