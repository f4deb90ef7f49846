"""One SQS queue per event type."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from webhooks.errors import QueueUnavailable
from webhooks.event import Event
from webhooks.message import Message

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class SqsQueues:
    """Queues by event type. A URL is looked up, never built from what the sender wrote."""

    def __init__(self, client: "SQSClient", urls: Mapping[str, str]) -> None:
        self._client = client
        self._urls = urls

    def publish(self, event: Event) -> None:
        """Send the event. The client id as group gives each client its fair turn. Raises `QueueUnavailable`."""
        message = Message.of(event)
        try:
            self._client.send_message(
                QueueUrl=self._urls[event.queue],
                MessageBody=message.body,
                MessageAttributes={
                    name: {"DataType": "String", "StringValue": value} for name, value in message.attributes().items()
                },
                MessageGroupId=event.key.client_id,
            )
        except (BotoCoreError, ClientError) as error:
            raise QueueUnavailable from error
