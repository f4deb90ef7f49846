"""One SQS queue per event type."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import batched
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from webhooks.aws.log import error_code, ids, logger
from webhooks.errors import QueueUnavailable
from webhooks.event import AcceptedEvent, queue_for
from webhooks.message import message_attributes, message_text

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageAttributeValueTypeDef, SendMessageBatchRequestEntryTypeDef

_BATCH = 10
"""The most messages in one batch. With bodies inline, ten of the largest are a third of its 1 MiB."""


class SqsQueues:
    """Queues by event type. A URL is looked up, never built from what the sender sent."""

    def __init__(self, client: "SQSClient", urls: Mapping[str, str]) -> None:
        self._client = client
        self._urls = urls

    def publish(self, event: AcceptedEvent) -> None:
        """Send the event. Raises `QueueUnavailable`."""
        try:
            self._client.send_message(
                QueueUrl=self._url(event),
                MessageBody=message_text(event),
                MessageAttributes=string_attributes(message_attributes(event)),
            )
        except (BotoCoreError, ClientError) as error:
            logger.warning("not published", **ids(event.key), queue=event.queue, cause=error_code(error))
            raise QueueUnavailable from error

    def publish_all(self, events: Sequence[AcceptedEvent], replay: str = "") -> list[AcceptedEvent]:
        """Send events of one queue in batches, in order; returns those that the queue took.

        `replay` names the replay that sends them. A batch may be answered 200 although some of its entries failed.
        """
        taken = []
        for batch in batched(events, _BATCH, strict=False):
            try:
                answer = self._client.send_message_batch(
                    QueueUrl=self._url(batch[0]),
                    Entries=[_entry(str(number), replace(event, replay=replay)) for number, event in enumerate(batch)],
                )
            except (BotoCoreError, ClientError) as error:
                logger.warning("not published", queue=batch[0].queue, events=len(batch), cause=error_code(error))
                continue
            for failed in answer.get("Failed", []):
                event = batch[int(failed["Id"])]
                logger.warning("not published", **ids(event.key), queue=event.queue, cause=failed["Code"])
            taken += [batch[int(entry["Id"])] for entry in answer.get("Successful", [])]
        return taken

    def _url(self, event: AcceptedEvent) -> str:
        # The queue chosen at the event's acceptance may be gone since.
        return self._urls[queue_for(event.queue, self._urls)]


def string_attributes(attributes: Mapping[str, str]) -> "dict[str, MessageAttributeValueTypeDef]":
    """Attributes as SQS takes them."""
    return {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}


def _entry(number: str, event: AcceptedEvent) -> "SendMessageBatchRequestEntryTypeDef":
    return {
        "Id": number,
        "MessageBody": message_text(event),
        "MessageAttributes": string_attributes(message_attributes(event)),
    }
