"""Metrics in the log (EMF): CloudWatch extracts them from one line, without a call.

The namespace is the stack's name (POWERTOOLS_METRICS_NAMESPACE), which keeps the stacks of one account apart.
CloudWatch bills per combination of dimensions: no dimension's value comes from what the sender sent.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from webhooks.aws.log import logger
from webhooks.policy import SLOW


def count(*names: str, **dimension: str) -> None:
    """Add one to each of the named metrics, all under one dimension."""
    emit(counters(*names, **dimension))


def counters(*names: str, **dimension: str) -> EphemeralMetrics:
    """One for each of the named metrics, to be emitted together with other dimensions."""
    metrics = _with_dimensions(dimension)
    for name in names:
        metrics.add_metric(name, MetricUnit.Count, 1)
    return metrics


def seconds(name: str, value: float, **dimension: str) -> None:
    """Emit a duration."""
    metrics = _with_dimensions(dimension)
    metrics.add_metric(name, MetricUnit.Seconds, value)
    emit(metrics)


def number(name: str, value: int, **dimension: str) -> None:
    """Emit a number of things."""
    metrics = _with_dimensions(dimension)
    metrics.add_metric(name, MetricUnit.Count, value)
    emit(metrics)


@contextmanager
def time_watched(context: Any) -> Iterator[None]:
    """Count and log an invocation that takes nearly all the time that it had."""
    given = context.get_remaining_time_in_millis()
    try:
        yield
    finally:
        if (left := context.get_remaining_time_in_millis()) < given * (1 - SLOW):
            logger.warning("slow", milliseconds=given - left)
            count("Slow")


def handled(delays: Iterable[tuple[float | None, float]]) -> None:
    """Emit one line for a batch of handled events: of each, the seconds since it happened and since its receipt.

    How many they are is the metric's number of samples.
    """
    metrics = _with_dimensions({"service": "handlers"})
    for from_event, from_receipt in delays:
        metrics.add_metric("SecondsFromReceipt", MetricUnit.Seconds, from_receipt)
        if from_event is not None:
            metrics.add_metric("SecondsFromEvent", MetricUnit.Seconds, from_event)
    emit(metrics)


def emit(*several: EphemeralMetrics) -> None:
    """Print one line for metrics of several dimensions."""
    line, *others = (metrics.serialize_metric_set() for metrics in several)
    for other in others:
        line["_aws"]["CloudWatchMetrics"] += other["_aws"]["CloudWatchMetrics"]
        line = {**other, **line}
    print(json.dumps(line, separators=(",", ":")))  # noqa: T201 - Lambda logs what is printed


def _with_dimensions(dimension: dict[str, str]) -> EphemeralMetrics:
    metrics = EphemeralMetrics(service="")  # otherwise Powertools adds the service as a dimension
    for name, value in dimension.items():
        metrics.add_dimension(name, value)
    return metrics
