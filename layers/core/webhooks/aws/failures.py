"""What happens to a message whose handler failed."""

from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from webhooks.aws.log import error_code, logger
from webhooks.aws.once_table import ADD_DEATH, ADD_FAILURE, DEAD, END_TROUBLE, FAILING, GIVE_UP, trouble_id, with_event
from webhooks.aws.queues import string_attributes
from webhooks.aws.settings import HandlerSettings
from webhooks.dates import timestamp
from webhooks.event import AcceptedEvent, EventKey
from webhooks.message import text_attributes
from webhooks.retries import DeadLettered, Retry, describe, next_step

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient

_MOST_ATTRIBUTES = 10
"""SQS takes no more."""


class Failures:
    """Records a failure, then delays the message or moves it to the dead-letter queue."""

    def __init__(self, dynamodb: "DynamoDBClient", sqs: "SQSClient", settings: HandlerSettings) -> None:
        self._dynamodb = dynamodb
        self._sqs = sqs
        self._table = settings.once_table
        self._name = settings.name
        self._retention = settings.retention
        self._queue_url = settings.queue_url
        self._dead_letters_url = settings.dead_letters_url

    def handle_failure(
        self, record: dict[str, Any], event: AcceptedEvent | None, error: Exception
    ) -> Retry | DeadLettered:
        """Delay the message or copy it to the dead-letter queue; the caller then deletes it here."""
        failures = self._record(event, error) or int(record["attributes"]["ApproximateReceiveCount"])
        step = next_step(error, failures)
        if isinstance(step, Retry):
            self.delay(record, step.seconds)
        else:
            self._send_to_dead_letter_queue(record, step.reason, failures)
            self._update(event, GIVE_UP, DEAD, {":now": _now()})
        return step

    def add_death(self, event: AcceptedEvent) -> int:
        """Count that the handler's process died with the event; returns how often it did, as far as that is known."""
        updated = self._update(event, ADD_DEATH, FAILING, {":one": {"N": "1"}})
        return int(updated["deaths"]["N"]) if updated else 1

    def end_trouble(self, key: EventKey) -> None:
        """Take an event that failed before, and was handled now, out of the index of those in trouble."""
        try:
            self._dynamodb.update_item(
                TableName=self._table,
                Key={"id": {"S": trouble_id(self._name, key)}},
                UpdateExpression=END_TROUBLE,
                ConditionExpression="attribute_exists(id)",
            )
        except self._dynamodb.exceptions.ConditionalCheckFailedException:
            return  # it has expired
        except (BotoCoreError, ClientError) as error:
            logger.warning("trouble not ended", cause=error_code(error))  # readers look at the run

    def delete(self, records: list[dict[str, Any]]) -> None:
        """Take finished messages off the queue now, so that a death of this process does not bring them back."""
        try:
            for record in records:
                self._sqs.delete_message(QueueUrl=self._queue_url, ReceiptHandle=record["receiptHandle"])
        except (BotoCoreError, ClientError) as error:
            logger.warning("not deleted", cause=error_code(error))  # Lambda deletes them at the end of the batch

    def delay(self, record: dict[str, Any], seconds: int) -> None:
        """Hide the message for a while. If that fails, it is logged, and the queue's visibility timeout applies."""
        try:
            self._sqs.change_message_visibility(
                QueueUrl=self._queue_url, ReceiptHandle=record["receiptHandle"], VisibilityTimeout=seconds
            )
        except (BotoCoreError, ClientError) as error:
            logger.warning("not delayed", cause=error_code(error))

    def _record(self, event: AcceptedEvent | None, error: Exception) -> int | None:
        """Record the failure; returns the number of failures, None if that was impossible."""
        failure = {"at": _now(), "error": {"S": describe(error)}}
        values = {":none": {"L": []}, ":failure": {"L": [{"M": failure}]}, ":one": {"N": "1"}}
        updated = self._update(event, ADD_FAILURE, FAILING, values)
        return int(updated["failures"]["N"]) if updated else None

    def _update(
        self, event: AcceptedEvent | None, expression: str, trouble: str, values: dict[str, Any]
    ) -> dict[str, Any] | None:
        """Update what is stored of the event's trouble; None for no event or, which is logged, if that failed."""
        if event is None:
            return None
        try:
            updated = self._dynamodb.update_item(
                TableName=self._table,
                Key={"id": {"S": trouble_id(self._name, event.key)}},
                ReturnValues="UPDATED_NEW",
                **with_event(expression, event, self._retention, values, trouble),
            )
        except (BotoCoreError, ClientError) as aws_error:
            logger.warning("failure not recorded", cause=error_code(aws_error))
            return None
        return dict(updated["Attributes"])

    def _send_to_dead_letter_queue(self, record: dict[str, Any], reason: str, failures: int) -> None:
        # Send first, delete afterwards: a crash between the two leaves two copies, never none.
        added = {"Reason": reason, "Failures": str(failures)}
        sent = {name: value for name, value in text_attributes(record).items() if name not in added}
        # A message that is not ours may have ten attributes already.
        attributes = dict(islice((added | sent).items(), _MOST_ATTRIBUTES))
        self._sqs.send_message(
            QueueUrl=self._dead_letters_url,
            MessageBody=record["body"],
            MessageAttributes=string_attributes(attributes),
        )


def _now() -> dict[str, str]:
    return {"S": timestamp(datetime.now(UTC))}
