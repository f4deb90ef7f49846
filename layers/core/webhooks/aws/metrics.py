"""Metrics in the log (EMF): CloudWatch makes them of one line, and no call is made.

The namespace is the stack's name (POWERTOOLS_METRICS_NAMESPACE), so that several stacks of one account stay apart.
Each metric costs by its dimensions: no dimension's value comes from what a sender wrote.
"""

import json
from collections.abc import Iterable

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit


def count(*names: str, **dimension: str) -> None:
    """Add one to each of the named metrics, which stand under one dimension."""
    tell(counted(*names, **dimension))


def counted(*names: str, **dimension: str) -> EphemeralMetrics:
    """One for each of the named metrics, to be told together with those of other dimensions."""
    metrics = _under(dimension)
    for name in names:
        metrics.add_metric(name, MetricUnit.Count, 1)
    return metrics


def seconds(name: str, value: float, **dimension: str) -> None:
    """Tell a duration."""
    metrics = _under(dimension)
    metrics.add_metric(name, MetricUnit.Seconds, value)
    tell(metrics)


def handled(delays: Iterable[tuple[float | None, float]]) -> None:
    """Tell of events that were handled, all in one line; of each the seconds since it happened and was received."""
    metrics = _under({"service": "handlers"})
    for from_event, from_receipt in delays:
        metrics.add_metric("Handled", MetricUnit.Count, 1)
        metrics.add_metric("SecondsFromReceipt", MetricUnit.Seconds, from_receipt)
        if from_event is not None:
            metrics.add_metric("SecondsFromEvent", MetricUnit.Seconds, from_event)
    tell(metrics)


def tell(*together: EphemeralMetrics) -> None:
    """Print one line for metrics of several dimensions, each under its own."""
    line, *others = (metrics.serialize_metric_set() for metrics in together)
    for other in others:
        line["_aws"]["CloudWatchMetrics"] += other["_aws"]["CloudWatchMetrics"]
        line = {**other, **line}
    print(json.dumps(line, separators=(",", ":")))  # noqa: T201 - what is printed is logged


def _under(dimension: dict[str, str]) -> EphemeralMetrics:
    metrics = EphemeralMetrics(service="")  # or the service would be a dimension of its own accord
    for name, value in dimension.items():
        metrics.add_dimension(name, value)
    return metrics
