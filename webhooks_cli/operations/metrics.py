"""The newest values of CloudWatch's metrics, several in one call."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from webhooks_cli.operations.stack import Stack


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric with one dimension, as `stat` of each `period` of seconds."""

    namespace: str
    name: str
    dimension: str
    stat: str
    period: int

    def newest(self, stack: Stack, values: Sequence[str], since: datetime) -> dict[str, tuple[datetime, float]]:
        """For each value of the dimension when its newest period began, and what was measured then, as far as known."""
        if not values:
            return {}
        answer = stack.client("cloudwatch").get_metric_data(
            MetricDataQueries=[self._query(number, value) for number, value in enumerate(values)],
            StartTime=since,
            EndTime=datetime.now(UTC),
            ScanBy="TimestampDescending",
        )
        found = answer["MetricDataResults"]
        return {each["Label"]: (each["Timestamps"][0], each["Values"][0]) for each in found if each["Values"]}

    def _query(self, number: int, value: str) -> dict[str, Any]:
        metric = {
            "Namespace": self.namespace,
            "MetricName": self.name,
            "Dimensions": [{"Name": self.dimension, "Value": value}],
        }
        return {
            "Id": f"q{number}",
            "Label": value,
            "MetricStat": {"Metric": metric, "Period": self.period, "Stat": self.stat},
        }
