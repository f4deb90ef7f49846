"""Metrics in the log (EMF): CloudWatch makes them of one line, and no call is made."""

from aws_lambda_powertools.metrics import Metrics, MetricUnit

NAMESPACE = "DirectScaleWebhooks"

_metrics = Metrics(namespace=NAMESPACE)


def count(*names: str) -> None:
    """Add one to each of the named metrics."""
    for name in names:
        _metrics.add_metric(name, MetricUnit.Count, 1)
    _metrics.flush_metrics()


def age(name: str, seconds: float) -> None:
    """Tell an age in seconds."""
    _metrics.add_metric(name, MetricUnit.Seconds, seconds)
    _metrics.flush_metrics()
