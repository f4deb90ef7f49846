"""What happens to a message whose handler failed."""

from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from webhooks.aws.inbox_table import ADD_DEATH, ADD_FAILURE, GIVE_UP, IS_PRESENT, table_key
from webhooks.aws.log import error_code, logger
from webhooks.aws.queues import string_attributes
from webhooks.dates import timestamp
from webhooks.event import EventKey
from webhooks.message import text_attributes
from webhooks.retries import DeadLettered, Retry, describe, next_step

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient

_MOST_ATTRIBUTES = 10
"""SQS takes no more."""


class Failures:
    """Records a failure on the event's inbox item, then delays the message or moves it to the dead-letter queue."""

    def __init__(
        self, dynamodb: "DynamoDBClient", inbox_table: str, sqs: "SQSClient", queue_url: str, dead_letters_url: str
    ) -> None:
        self._dynamodb = dynamodb
        self._inbox_table = inbox_table
        self._sqs = sqs
        self._queue_url = queue_url
        self._dead_letters_url = dead_letters_url

    def handle_failure(self, record: dict[str, Any], key: EventKey | None, error: Exception) -> Retry | DeadLettered:
        """Delay the message or copy it to the dead-letter queue; the caller then deletes it here."""
        failures = self._record(key, error) or int(record["attributes"]["ApproximateReceiveCount"])
        step = next_step(error, failures)
        if isinstance(step, Retry):
            self.delay(record, step.seconds)
        else:
            self._send_to_dead_letter_queue(record, step.reason, failures)
            self._update(key, GIVE_UP, {":now": _now()})
        return step

    def add_death(self, key: EventKey) -> int:
        """Count that the handler's process died with the event; returns how often it did, as far as that is known."""
        updated = self._update(key, ADD_DEATH, {":one": {"N": "1"}})
        return int(updated["deaths"]["N"]) if updated else 1

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

    def _record(self, key: EventKey | None, error: Exception) -> int | None:
        """Add the failure to the inbox item; returns the number of failures, None if that was impossible."""
        failure = {"at": _now(), "error": {"S": describe(error)}}
        updated = self._update(
            key,
            ADD_FAILURE,
            {":none": {"L": []}, ":failure": {"L": [{"M": failure}]}, ":one": {"N": "1"}},
        )
        return int(updated["failures"]["N"]) if updated else None

    def _update(self, key: EventKey | None, expression: str, values: dict[str, Any]) -> dict[str, Any] | None:
        """Update the inbox item; None if there is no such item or, which is logged, it cannot be reached."""
        if key is None:
            return None
        try:
            updated = self._dynamodb.update_item(
                TableName=self._inbox_table,
                Key=table_key(key),
                UpdateExpression=expression,
                ConditionExpression=IS_PRESENT,
                ExpressionAttributeValues=values,
                ReturnValues="UPDATED_NEW",
            )
        except self._dynamodb.exceptions.ConditionalCheckFailedException:
            return None
        except (BotoCoreError, ClientError) as aws_error:
            logger.warning("failure not recorded", cause=error_code(aws_error))
            return None
        return dict(updated.get("Attributes", {}))

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
