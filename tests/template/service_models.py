"""Resources against botocore's models of the APIs that CloudFormation calls to make them.

A second source besides the resource schemas of `make lint`, with enums, patterns and lengths of its own.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from botocore.model import Shape
from botocore.session import Session

CALLS = {
    "ApiGatewayV2::Api": "apigatewayv2 CreateApi",
    "ApiGatewayV2::ApiMapping": "apigatewayv2 CreateApiMapping",
    "ApiGatewayV2::DomainName": "apigatewayv2 CreateDomainName",
    "ApiGatewayV2::Integration": "apigatewayv2 CreateIntegration",
    "ApiGatewayV2::Route": "apigatewayv2 CreateRoute",
    "ApiGatewayV2::Stage": "apigatewayv2 CreateStage",
    "CloudWatch::Alarm": "cloudwatch PutMetricAlarm",
    "CloudWatch::Dashboard": "cloudwatch PutDashboard",
    "CodeDeploy::Application": "codedeploy CreateApplication",
    "CodeDeploy::DeploymentGroup": "codedeploy CreateDeploymentGroup",
    "DynamoDB::Table": "dynamodb CreateTable UpdateContinuousBackups UpdateTimeToLive",
    "Events::Rule": "events PutRule PutTargets",
    "IAM::Policy": "iam PutRolePolicy",
    "IAM::Role": "iam CreateRole",
    "Lambda::Alias": "lambda CreateAlias",
    "Lambda::EventInvokeConfig": "lambda PutFunctionEventInvokeConfig",
    "Lambda::EventSourceMapping": "lambda CreateEventSourceMapping",
    "Lambda::Function": "lambda CreateFunction",
    "Lambda::LayerVersion": "lambda PublishLayerVersion",
    "Lambda::Permission": "lambda AddPermission",
    "Lambda::Version": "lambda PublishVersion",
    "Logs::LogGroup": "logs CreateLogGroup PutRetentionPolicy",
    "Logs::MetricFilter": "logs PutMetricFilter",
    "S3::Bucket": "s3 PutPublicAccessBlock",
    "S3::BucketPolicy": "s3 PutBucketPolicy",
    "SNS::Subscription": "sns Subscribe",
    "SNS::Topic": "sns CreateTopic",
    "SQS::Queue": "sqs CreateQueue",
    "SQS::QueuePolicy": "sqs SetQueueAttributes",
    "SecretsManager::Secret": "secretsmanager CreateSecret",
}
"""The service and its operations for each type of resource."""
OTHERWISE = {
    "IAM::Role": {"Policies": "", "ManagedPolicyArns": ""},
    "Lambda::Function": {"Tags": ""},
    "S3::Bucket": {"BucketName": "", "BucketEncryption": "", "LifecycleConfiguration": ""},
    "S3::BucketPolicy": {"PolicyDocument": "Policy"},
    "SNS::Topic": {"TopicName": "Name"},
    "SQS::QueuePolicy": {"Queues": "", "PolicyDocument": ""},
    "SecretsManager::Secret": {"GenerateSecretString": ""},
}
"""The properties that the API has under another name, or in another form ("")."""


@cache
def inputs(kind: str) -> dict[str, Shape]:
    """The inputs of the calls that make a resource, by their names in lower case."""
    service, *operations = CALLS[kind].split()
    model = session().get_service_model(service)
    shapes: dict[str, Shape] = {}
    for operation in operations:
        shapes |= _members(model.operation_model(operation).input_shape)
    attributes: Any = shapes.get("attributes")
    named = attributes.key.enum if service == "sqs" else ()
    return shapes | {name.lower(): attributes.value for name in named}


def problems(kind: str, properties: Mapping[str, Any]) -> Iterator[str]:
    """What the API would refuse of a resource of a kind, such as `SQS::Queue`."""
    shapes = inputs(kind)
    for name, value in properties.items():
        there = OTHERWISE.get(kind, {}).get(name, name).lower()
        if there and there not in shapes:
            yield f"{name}: no call takes it"
        elif there:
            yield from _refused(shapes[there], value, name)


@cache
def session() -> Session:
    """Of botocore; making one is slow."""
    return Session()


def _members(shape: Any) -> dict[str, Shape]:
    return {name.lower(): member for name, member in shape.members.items()}


def _refused(shape: Any, value: Any, path: str) -> Iterator[str]:
    """What of a value is refused. A function such as `Ref` has no value yet; a policy is a text in the API."""
    kind = "number" if shape.type_name in {"integer", "long", "double"} else shape.type_name
    if isinstance(value, dict) and any(name == "Ref" or name.startswith("Fn::") for name in value):
        return
    if isinstance(value, _TYPES[kind]):
        yield from _CHECKS[kind](shape, value, path)
    elif kind != "string":
        yield f"{path}: {value!r} is no {kind}"


def _refused_list(shape: Any, value: list[Any], path: str) -> Iterator[str]:
    yield from _out_of_range(shape, len(value), path)
    for index, each in enumerate(value):
        yield from _refused(shape.member, each, f"{path}/{index}")


def _refused_map(shape: Any, value: dict[str, Any], path: str) -> Iterator[str]:
    for key, each in value.items():
        yield from _refused(shape.value, each, f"{path}/{key}")


def _refused_number(shape: Any, value: float | str, path: str) -> Iterator[str]:
    if re.fullmatch(r"-?\d+(\.\d+)?", str(value)):
        yield from _out_of_range(shape, float(value), path)
    else:
        yield f"{path}: {value!r} is no number"


def _refused_boolean(_: Any, value: bool | str, path: str) -> Iterator[str]:
    if str(value).lower() not in {"true", "false"}:
        yield f"{path}: {value!r} is no boolean"


def _refused_structure(shape: Any, value: dict[str, Any], path: str) -> Iterator[str]:
    members = _members(shape)
    for name, each in value.items():
        if name.lower() in members:
            yield from _refused(members[name.lower()], each, f"{path}/{name}")
        else:
            yield f"{path}/{name}: unknown"
    given = {name.lower() for name in value}
    yield from (f"{path}/{name}: missing" for name in shape.required_members if name.lower() not in given)


def _refused_text(shape: Any, value: float | str, path: str) -> Iterator[str]:
    text = str(value)
    yield from _out_of_range(shape, len(text), path)
    if shape.enum and text not in shape.enum:
        yield f"{path}: {text!r} is none of {', '.join(shape.enum)}"
    pattern = shape.metadata.get("pattern", "")
    if pattern and "\\p{" not in pattern and not re.fullmatch(pattern, text, re.DOTALL):
        yield f"{path}: {text!r} does not match {pattern}"


def _out_of_range(shape: Any, size: float, path: str) -> Iterator[str]:
    least, most = shape.metadata.get("min", size), shape.metadata.get("max", size)
    if not least <= size <= most:
        yield f"{path}: {size:g} is not in {least:g} to {most:g}"


_TYPES: dict[str, Any] = {
    "structure": dict,
    "map": dict,
    "list": list,
    "string": str | int | float,
    "number": str | int | float,
    "boolean": str | bool,
}
_CHECKS: dict[str, Any] = {
    "structure": _refused_structure,
    "map": _refused_map,
    "list": _refused_list,
    "string": _refused_text,
    "number": _refused_number,
    "boolean": _refused_boolean,
}
