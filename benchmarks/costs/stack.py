"""What the template deploys and AWS bills, with all parameters at their defaults."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from tools.conditions import holds
from tools.template import Resources, default, resources, template

_BILLED = {
    "AWS::ApiGatewayV2::Stage",
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::Dashboard",
    "AWS::DynamoDB::Table",
    "AWS::Logs::LogGroup",
    "AWS::Logs::MetricFilter",
    "AWS::S3::Bucket",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
    "AWS::SecretsManager::Secret",
    "AWS::Serverless::Function",
}
_FREE = {
    "AWS::ApiGatewayV2::Api",
    "AWS::ApiGatewayV2::Integration",
    "AWS::ApiGatewayV2::Route",
    "AWS::CloudFormation::WaitConditionHandle",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Role",
    "AWS::IAM::RolePolicy",
    "AWS::Lambda::Permission",
    "AWS::Logs::QueryDefinition",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
    "AWS::Serverless::LayerVersion",
}
_NOT_PRICED = {
    "AWS::DynamoDB::Table": {"ProvisionedThroughput", "ReplicationSpecification", "SSESpecification"},
    "AWS::SQS::Queue": {"KmsMasterKeyId"},
    "AWS::Serverless::Function": {"ProvisionedConcurrencyConfig", "SnapStart", "Tracing", "VpcConfig"},
}
"""Properties that cost extra and that the template does not use."""

_VARIABLE = re.compile(r"\$context\.([\w.]+)")
_LENGTHS = {
    "requestId": 16,
    "requestTimeEpoch": 13,
    "identity.sourceIp": 12,
    "routeKey": 14,
    "status": 3,
    "responseLatency": 2,
    "integrationLatency": 2,
    "integrationErrorMessage": 1,
}
"""Typical lengths of the variables of the access log; 16 for any other."""


class Unpriced(Exception):
    """The template deploys something without a known price."""


@dataclass(frozen=True, slots=True)
class Stack:
    """What is billed. `memory` is in MB by function.

    `filtered` are the metrics made of log lines, `recoverable` the tables with point-in-time recovery; `platform_logs`
    is whether Lambda logs START, END and REPORT lines.
    """

    event_types: int
    architecture: str
    retention_days: int
    log_retention_days: int
    polled_queues: int
    alarm_metrics: int
    filtered: frozenset[str]
    dashboards: int
    secrets: int
    memory: Mapping[str, int]
    relay_minutes: int
    recoverable: frozenset[str]
    access_log_bytes: int
    platform_logs: bool = True

    @classmethod
    def of_template(cls, **parameters: str) -> Self:
        """From the template, with the defaults of parameters but for those stated. Raises `Unpriced`."""
        return cls.of(deployed(**parameters))

    @classmethod
    def of(cls, found: Resources) -> Self:
        """From resources. Raises `Unpriced`."""
        check_priced(found)
        functions = of_type(found, "Serverless::Function")
        sources = [event for each in functions.values() for event in each.get("Events", {}).values()]
        filters = of_type(found, "Logs::MetricFilter").values()
        return cls(
            event_types=len(default("EventTypes").split(",")),
            architecture=default("Architecture"),
            retention_days=int(default("RetentionDays")),
            log_retention_days=int(default("LogRetentionDays")),
            polled_queues=sum(event["Type"] == "SQS" for event in sources),
            alarm_metrics=sum(map(_alarm_metrics, of_type(found, "CloudWatch::Alarm").values())),
            filtered=frozenset(made["MetricName"] for each in filters for made in each["MetricTransformations"]),
            dashboards=len(of_type(found, "CloudWatch::Dashboard")),
            secrets=len(of_type(found, "SecretsManager::Secret")),
            memory={name: each["MemorySize"] for name, each in functions.items()},
            relay_minutes=_minutes(functions.get("RelayFunction", {})),
            recoverable=_recoverable(of_type(found, "DynamoDB::Table")),
            access_log_bytes=sum(map(_access_log_bytes, of_type(found, "ApiGatewayV2::Stage").values())),
        )


def deployed(**parameters: str) -> Resources:
    """The resources that a stack with default parameters has, but for those stated."""
    stated = {name: str(each["Default"]) for name, each in template()["Parameters"].items()} | parameters
    conditions = template()["Conditions"]
    return {
        name: found
        for name, found in resources().items()
        if "Condition" not in found or holds(conditions, found["Condition"], stated)
    }


def of_type(found: Resources, kind: str) -> dict[str, Mapping[str, Any]]:
    """The properties of all resources of a type, by logical id."""
    return {name: each.get("Properties", {}) for name, each in found.items() if each["Type"] == f"AWS::{kind}"}


def check_priced(found: Resources) -> None:
    """Raises `Unpriced`."""
    for name, each in found.items():
        kind = each["Type"]
        if kind not in _BILLED | _FREE:
            raise Unpriced(f"{name} is an {kind}: add its price, or list it as free")
        properties = each.get("Properties", {})
        if extra := _NOT_PRICED.get(kind, set()) & properties.keys():
            raise Unpriced(f"{name} has {', '.join(sorted(extra))}: add its price")
        if properties.get("LoggingConfig", {}).get("LogFormat") == "JSON":
            raise Unpriced(f"{name} has LogFormat: add the size of the JSON lines that Lambda writes")


def _alarm_metrics(alarm: Mapping[str, Any]) -> int:
    return sum("MetricStat" in query for query in alarm["Metrics"]) if "Metrics" in alarm else 1


def _minutes(scheduled: Mapping[str, Any]) -> int:
    rates = [event["Properties"]["Schedule"] for event in scheduled.get("Events", {}).values()]
    number, unit = (rates[0] if rates else "rate(0 minutes)").removeprefix("rate(").removesuffix(")").split()
    return int(number) * {"minute": 1, "hour": 60, "day": 1440}[unit.removesuffix("s")]


def _recoverable(tables: Mapping[str, Mapping[str, Any]]) -> frozenset[str]:
    switches = {
        name: table.get("PointInTimeRecoverySpecification", {}).get("PointInTimeRecoveryEnabled")
        for name, table in tables.items()
    }
    return frozenset(name for name, enabled in switches.items() if enabled in (True, "true"))


def _access_log_bytes(stage: Mapping[str, Any]) -> int:
    line = stage.get("AccessLogSettings", {}).get("Format", "")
    if isinstance(line, dict):
        line = json.dumps(line["Fn::ToJsonString"], separators=(",", ":"))
    return len(_VARIABLE.sub(lambda variable: "x" * _LENGTHS.get(variable[1], 16), line))
