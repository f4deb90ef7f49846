"""Which metrics exist: those of AWS that the template uses, and those that the code emits."""

from typing import Any

from tests.template.expanded import ROOT, STACK, of_kind

OF_AWS = {
    ("AWS/ApiGateway", "ApiId"): {"Count", "4xx", "5xx", "Latency", "IntegrationLatency"},
    ("AWS/DynamoDB", "TableName"): {"ConsumedWriteCapacityUnits", "WriteThrottleEvents", "ReadThrottleEvents"},
    ("AWS/Lambda", "FunctionName"): {"Duration", "Errors", "Throttles"},
    ("AWS/SQS", "QueueName"): {
        "ApproximateNumberOfMessagesVisible",
        "ApproximateNumberOfMessagesNotVisible",
        "ApproximateAgeOfOldestMessage",
    },
}

CODE = "\n".join(
    path.read_text() for folder in ("layers/core", "functions") for path in sorted((ROOT / folder).rglob("*.py"))
)


def exists(namespace: str, metric: str, dimension: str | None) -> bool:
    """Whether something emits this metric with this dimension."""
    if namespace != STACK:
        return metric in OF_AWS.get((namespace, str(dimension)), set())
    if dimension is None:
        return metric in {each["MetricName"] for each in filters()}
    return f'"{metric}"' in CODE and f"{dimension}=" in CODE


def filters() -> list[dict[str, Any]]:
    """The metrics that CloudWatch extracts from a log."""
    found = of_kind("Logs::MetricFilter").values()
    return [each for metric_filter in found for each in metric_filter["MetricTransformations"]]
