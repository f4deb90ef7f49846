"""What becomes of a message whose handler failed."""

from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from webhooks.aws.inbox_item import table_key
from webhooks.aws.queues import string_attributes
from webhooks.dates import timestamp
from webhooks.event import EventKey
from webhooks.message import sent_attributes
from webhooks.retries import GiveUp, Retry, told, verdict

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient

_MOST_ATTRIBUTES = 10


class Failures:
    """Notes a failure with the event in the inbox, and hides its message until the next try or gives it up."""

    def __init__(
        self, dynamodb: "DynamoDBClient", inbox_table: str, sqs: "SQSClient", queue_url: str, dead_letters_url: str
    ) -> None:
        self._dynamodb = dynamodb
        self._inbox_table = inbox_table
        self._sqs = sqs
        self._queue_url = queue_url
        self._dead_letters_url = dead_letters_url

    def settle(self, record: dict[str, Any], key: EventKey | None, error: Exception) -> Retry | GiveUp:
        """Deal with a failed message. After `GiveUp` it is among the dead letters, and is to be deleted here."""
        failures = self._note(key, error) or int(record["attributes"]["ApproximateReceiveCount"])
        ruling = verdict(error, failures)
        if isinstance(ruling, Retry):
            self.hide(record, ruling.seconds)
        else:
            self._bury(record, ruling.reason, failures)
            self._update(key, "SET given_up_at = :now", {":now": _now()})
        return ruling

    def hide(self, record: dict[str, Any], seconds: int) -> None:
        """Keep the message from being handed out for a while; without success the queue's own time-out holds."""
        try:
            self._sqs.change_message_visibility(
                QueueUrl=self._queue_url, ReceiptHandle=record["receiptHandle"], VisibilityTimeout=seconds
            )
        except (BotoCoreError, ClientError):
            return

    def _note(self, key: EventKey | None, error: Exception) -> int | None:
        """Add the failure to those of the inbox item and count it; None where that cannot be done."""
        failure = {"at": _now(), "error": {"S": told(error)}}
        updated = self._update(
            key,
            "SET errors = list_append(if_not_exists(errors, :none), :failure) ADD failures :one",
            {":none": {"L": []}, ":failure": {"L": [{"M": failure}]}, ":one": {"N": "1"}},
        )
        return int(updated["failures"]["N"]) if updated else None

    def _update(self, key: EventKey | None, expression: str, values: dict[str, Any]) -> dict[str, Any] | None:
        """Change the inbox item; None where there is no such item or it cannot be reached."""
        if key is None:
            return None
        try:
            updated = self._dynamodb.update_item(
                TableName=self._inbox_table,
                Key=table_key(key),
                UpdateExpression=expression,
                ConditionExpression="attribute_exists(message_id)",
                ExpressionAttributeValues=values,
                ReturnValues="UPDATED_NEW",
            )
        except (BotoCoreError, ClientError):
            return None
        return dict(updated["Attributes"])

    def _bury(self, record: dict[str, Any], reason: str, failures: int) -> None:
        # First there, then gone here: a crash between the two leaves two copies, never none.
        told = {"Reason": reason, "Failures": str(failures)}
        sent = {name: value for name, value in sent_attributes(record).items() if name not in told}
        # Ten are all that SQS takes; a message that is none of ours may have brought as many.
        attributes = dict(islice((told | sent).items(), _MOST_ATTRIBUTES))
        self._sqs.send_message(
            QueueUrl=self._dead_letters_url,
            MessageBody=record["body"],
            MessageAttributes=string_attributes(attributes),
        )


def _now() -> dict[str, str]:
    return {"S": timestamp(datetime.now(UTC))}
