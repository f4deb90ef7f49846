"""Which metrics there are, each with its one dimension: those of AWS that are looked at, and our own."""

from tests.template.expanded import STACK

OF_AWS = {
    "AWS/ApiGateway": {"ApiId": {"Count", "4xx", "5xx", "Latency", "IntegrationLatency"}},
    "AWS/DynamoDB": {"TableName": {"ConsumedWriteCapacityUnits", "WriteThrottleEvents", "ReadThrottleEvents"}},
    "AWS/Lambda": {"FunctionName": {"Duration", "Errors", "Throttles"}},
    "AWS/SQS": {
        "QueueName": {
            "ApproximateNumberOfMessagesVisible",
            "ApproximateNumberOfMessagesNotVisible",
            "ApproximateAgeOfOldestMessage",
        }
    },
}

# By dimension, and by its value where the value is ours to choose.
OURS: dict[str, dict[str | None, set[str]]] = {
    "service": {
        "ingest": {
            "Accepted",
            "Duplicate",
            "Collision",
            "PublishDeferred",
            "Unauthorized",
            "Rejected",
            "TooLarge",
            "Unavailable",
        },
        "relay": {"OldestUnpublishedAge"},
        "handlers": {"Handled", "SecondsFromEvent", "SecondsFromReceipt"},
    },
    "token_label": {None: {"TokenUsed"}},
    "event_type": {None: {"Failed", "DeadLettered"}},
}


def exists(namespace: str, metric: str, dimension: str, value: str | None) -> bool:
    """Whether there is such a metric; the value of a dimension of AWS is not looked at."""
    if namespace == STACK:
        known = OURS.get(dimension, {})
        return metric in known.get(value, known.get(None, set()))
    return metric in OF_AWS.get(namespace, {}).get(dimension, set())
