"""What waits in the queues of all handlers together: two metrics, so that one alarm each watches all of them."""

import time
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from webhooks.aws import metrics
from webhooks.policy import LOOK_EVERY

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_AGES_WITHIN = timedelta(minutes=10)
"""CloudWatch has the age of a queue some minutes late."""


class QueueWatch:
    """Looks at queues and dead-letter queues, by their URLs."""

    def __init__(
        self,
        sqs: "SQSClient",
        cloudwatch: Callable[[], Any],
        queues: Collection[str],
        dead_letters: Collection[str],
    ) -> None:
        self._sqs = sqs
        self._cloudwatch = cloudwatch
        self._queues = queues
        self._dead_letters = dead_letters
        self._looked = 0.0

    def look(self) -> None:
        """Emit the number of dead letters and the age of the oldest event that waits, unless 0, every five minutes.

        Raises `ClientError` or `BotoCoreError`; then the next call looks again.
        """
        # The wall clock: the other stands still while the process is frozen. A clock set back must not end the looks.
        now = time.time()
        if 0 <= now - self._looked < LOOK_EVERY:
            return
        if dead := sum(map(self._waiting, self._dead_letters)):
            metrics.number("DeadLetters", dead, service="relay")
        if age := self._oldest([queue for queue in self._queues if self._waiting(queue)]):
            metrics.seconds("OldestWaitingAge", age, service="relay")
        self._looked = now

    def _waiting(self, queue: str) -> int:
        """The number of messages that could be received. None of a queue that was deleted since."""
        try:
            answer = self._sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["ApproximateNumberOfMessages"])
        except self._sqs.exceptions.QueueDoesNotExist:
            return 0
        return int(answer["Attributes"]["ApproximateNumberOfMessages"])

    def _oldest(self, queues: Collection[str]) -> float:
        """The age in seconds of the oldest message in any of the queues, as far as CloudWatch knows."""
        if not queues:
            return 0
        now = datetime.now(UTC)
        answer = self._cloudwatch().get_metric_data(
            MetricDataQueries=[_age_of(queue, f"q{number}") for number, queue in enumerate(queues)],
            StartTime=now - _AGES_WITHIN,
            EndTime=now,
            ScanBy="TimestampDescending",
        )
        return max((float(found["Values"][0]) for found in answer["MetricDataResults"] if found["Values"]), default=0.0)


def _age_of(queue: str, name: str) -> dict[str, Any]:
    metric = {
        "Namespace": "AWS/SQS",
        "MetricName": "ApproximateAgeOfOldestMessage",
        "Dimensions": [{"Name": "QueueName", "Value": queue.rpartition("/")[2]}],
    }
    return {"Id": name, "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Maximum"}}
