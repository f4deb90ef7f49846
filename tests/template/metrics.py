"""Which metrics exist: those that AWS documents, and those that the functions print."""

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from tests.template.calls import recorded
from tests.template.expanded import ROOT, STACK, of_kind

CODE = "\n".join(
    path.read_text() for folder in ("layers/core", "functions") for path in sorted((ROOT / folder).rglob("*.py"))
)
"""The source of the functions."""
_TABLE, _INDEX, _OPERATION = "TableName", "GlobalSecondaryIndexName", "Operation"
_CAPACITY = {"ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits", "ReadThrottleEvents", "WriteThrottleEvents"}
_OF_A_FUNCTION = {"Invocations", "Errors", "Throttles", "Duration", "ConcurrentExecutions"}
OF_AWS: dict[tuple[str, ...], set[str]] = {
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html. REST APIs have other names.
    ("AWS/ApiGateway", "ApiId"): {"4xx", "5xx", "Count", "IntegrationLatency", "Latency", "DataProcessed"},
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
    ("AWS/DynamoDB", _TABLE): _CAPACITY | {"ConditionalCheckFailedRequests", "TimeToLiveDeletedItemCount"},
    ("AWS/DynamoDB", _TABLE, _INDEX): _CAPACITY,
    ("AWS/DynamoDB", _TABLE, _OPERATION): {"SuccessfulRequestLatency", "SystemErrors", "ThrottledRequests"},
    # https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
    ("AWS/Lambda",): _OF_A_FUNCTION,
    ("AWS/Lambda", "FunctionName"): _OF_A_FUNCTION
    | {"AsyncEventAge", "AsyncEventsDropped", "AsyncEventsReceived", "DeadLetterErrors", "DestinationDeliveryFailures"},
    ("AWS/Lambda", "FunctionName", "Resource"): _OF_A_FUNCTION,
    ("AWS/Lambda", "FunctionName", "Resource", "ExecutedVersion"): _OF_A_FUNCTION,
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
    ("AWS/SQS", "QueueName"): {
        *("ApproximateAgeOfOldestMessage", "ApproximateNumberOfMessagesDelayed", "NumberOfEmptyReceives"),
        *("ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesVisible", "SentMessageSize"),
        *("NumberOfMessagesDeleted", "NumberOfMessagesReceived", "NumberOfMessagesSent"),
    },
}
"""Metrics by namespace and dimensions. No package carries such a list: neither cfn-lint nor botocore does."""
_BY_DIMENSIONS = {(namespace, frozenset(names)): metrics for (namespace, *names), metrics in OF_AWS.items()}

type Watched = tuple[str, str, Mapping[str, Any]]
"""Namespace, metric and dimensions."""


def exists(namespace: str, metric: str, dimensions: Mapping[str, Any]) -> bool:
    """Whether something emits this metric with exactly these dimensions. Of ours, `service` has known values."""
    if namespace != STACK:
        return metric in _BY_DIMENSIONS.get((namespace, frozenset(dimensions)), set())
    if not dimensions and metric in {each["MetricName"] for each in filters()}:
        return True
    return (metric, frozenset(dimensions), dimensions.get("service")) in _printed()


def watched(alarm: Mapping[str, Any]) -> Iterator[Watched]:
    """The metrics of an alarm: its own, or those of its metric math."""
    stats = [query["MetricStat"]["Metric"] for query in alarm.get("Metrics", ()) if "MetricStat" in query]
    for each in stats or [alarm]:
        dimensions = {one["Name"]: one["Value"] for one in each.get("Dimensions", [])}
        yield each["Namespace"], each["MetricName"], dimensions


def filters() -> list[dict[str, Any]]:
    """The metrics that CloudWatch extracts from a log."""
    found = of_kind("Logs::MetricFilter").values()
    return [each for metric_filter in found for each in metric_filter["MetricTransformations"]]


@cache
def _printed() -> set[tuple[str, frozenset[str], Any]]:
    """The metrics in what the functions printed, in all that can become of an event."""
    lines = map(json.loads, recorded().printed.getvalue().splitlines())
    return {one for line in lines for one in _in_line(line, line.get("_aws", {}).get("CloudWatchMetrics", []))}


def _in_line(line: Mapping[str, Any], groups: Iterable[Any]) -> Iterator[tuple[str, frozenset[str], Any]]:
    for group in groups:
        (names,) = group["Dimensions"]
        for metric in group["Metrics"]:
            yield metric["Name"], frozenset(names), line.get("service") if "service" in names else None
