"""What of the template makes the bill: counted from its resources, not listed."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from benchmarks.costs.deployed import Resources, Unpriced, default, deployed, of_type, refuse_unpriced

_VARIABLE = re.compile(r"\$context\.([\w.]+)")
_LENGTHS = {
    "requestId": 16,
    "requestTime": 26,
    "requestTimeEpoch": 13,
    "identity.sourceIp": 12,
    "routeKey": 14,
    "status": 3,
    "responseLatency": 2,
    "integrationLatency": 2,
    "integrationErrorMessage": 1,
}
"""Characters of what stands for a variable of the access log; for any other 16."""


@dataclass(frozen=True, slots=True)
class Stack:
    """What is deployed. `memory` is in MB by function, `batch_window` in seconds.

    `quiet` are the functions at whose invocations Lambda itself writes nothing to the log;
    `filtered` are the metrics that are made of lines of a log;
    `recoverable` are the tables with point-in-time recovery, `kms` those under a key for whose calls AWS charges.
    """

    event_types: int
    architecture: str
    retention_days: int
    log_retention_days: int
    polled_queues: int
    batch_window: int
    alarm_metrics: int
    composite_alarms: int
    filtered: frozenset[str]
    dashboards: int
    secrets: int
    keys: int
    memory: Mapping[str, int]
    quiet: frozenset[str]
    relay_minutes: int
    recoverable: frozenset[str]
    kms: frozenset[str]
    access_log_bytes: int

    @classmethod
    def of_template(cls) -> Self:
        """Of the template as it stands. Raises `Unpriced`."""
        return cls.of(deployed())

    @classmethod
    def of(cls, found: Resources) -> Self:
        """Of some resources. Raises `Unpriced`."""
        refuse_unpriced(found)
        functions = of_type(found, "AWS::Serverless::Function")
        tables = of_type(found, "AWS::DynamoDB::Table")
        events = [event for each in functions.values() for event in each.get("Events", {}).values()]
        return cls(
            event_types=len(default("EventTypes").split(",")),
            architecture=default("Architecture"),
            retention_days=int(default("RetentionDays")),
            log_retention_days=int(default("LogRetentionDays")),
            polled_queues=sum(event["Type"] == "SQS" for event in events),
            batch_window=max((_window(event) for event in events), default=0),
            alarm_metrics=sum(map(_watched, of_type(found, "AWS::CloudWatch::Alarm").values())),
            composite_alarms=len(of_type(found, "AWS::CloudWatch::CompositeAlarm")),
            filtered=frozenset(
                made["MetricName"]
                for each in of_type(found, "AWS::Logs::MetricFilter").values()
                for made in each["MetricTransformations"]
            ),
            dashboards=len(of_type(found, "AWS::CloudWatch::Dashboard")),
            secrets=len(of_type(found, "AWS::SecretsManager::Secret")),
            keys=len(of_type(found, "AWS::KMS::Key")),
            memory={name: each["MemorySize"] for name, each in functions.items()},
            quiet=frozenset(name for name, each in functions.items() if _is_quiet(each.get("LoggingConfig", {}))),
            relay_minutes=_minutes(functions.get("RelayFunction", {})),
            recoverable=_with(tables, "PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled"),
            kms=_with(tables, "SSESpecification", "SSEEnabled"),
            access_log_bytes=sum(map(_access_log_bytes, of_type(found, "AWS::ApiGatewayV2::Stage").values())),
        )


def _watched(alarm: Mapping[str, Any]) -> int:
    return sum("MetricStat" in query for query in alarm["Metrics"]) if "Metrics" in alarm else 1


def _is_quiet(logging: Mapping[str, Any]) -> bool:
    if logging.get("LogFormat") != "JSON":
        return False
    if logging.get("SystemLogLevel") != "WARN":
        raise Unpriced("state how long the lines are that Lambda writes as JSON")
    return True


def _window(event: Mapping[str, Any]) -> int:
    return int(event["Properties"].get("MaximumBatchingWindowInSeconds", 0))


def _minutes(scheduled: Mapping[str, Any]) -> int:
    rates = [event["Properties"]["Schedule"] for event in scheduled.get("Events", {}).values()]
    number, unit = (rates[0] if rates else "rate(0 minutes)").removeprefix("rate(").removesuffix(")").split()
    return int(number) * {"minute": 1, "hour": 60, "day": 1440}[unit.removesuffix("s")]


def _with(tables: Mapping[str, Mapping[str, Any]], specification: str, switch: str) -> frozenset[str]:
    return frozenset(
        name for name, table in tables.items() if table.get(specification, {}).get(switch) in (True, "true")
    )


def _access_log_bytes(stage: Mapping[str, Any]) -> int:
    form = stage.get("AccessLogSettings", {}).get("Format", "")
    if isinstance(form, dict):
        ((function, told),) = form.items()
        form = json.dumps(told, separators=(",", ":")) if function == "Fn::ToJsonString" else told
    return len(_VARIABLE.sub(lambda variable: "x" * _LENGTHS.get(variable[1], 16), form))
