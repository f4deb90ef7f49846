"""One SQS queue per event type."""

from collections.abc import Mapping, Sequence
from itertools import batched
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from webhooks.aws.log import cause, ids, logger
from webhooks.errors import QueueUnavailable
from webhooks.event import CUSTOM, Event
from webhooks.message import Message

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageAttributeValueTypeDef, SendMessageBatchRequestEntryTypeDef

_BATCH = 10
"""Messages that SQS takes at once. With bodies that travel inline, ten of the largest are a third of its 1 MiB."""


class SqsQueues:
    """Queues by event type. A URL is looked up, never built from what the sender wrote."""

    def __init__(self, client: "SQSClient", urls: Mapping[str, str]) -> None:
        self._client = client
        self._urls = urls

    def publish(self, event: Event) -> None:
        """Send the event. Raises `QueueUnavailable`."""
        message = Message.of(event)
        try:
            self._client.send_message(
                QueueUrl=self._url(event),
                MessageBody=message.text(),
                MessageAttributes=string_attributes(message.attributes()),
            )
        except (BotoCoreError, ClientError) as error:
            logger.warning("not published", **ids(event.key), queue=event.queue, cause=cause(error))
            raise QueueUnavailable from error

    def publish_all(self, events: Sequence[Event], replay: str = "") -> list[Event]:
        """Send events of one queue in batches, in order; returns those that the queue took. `replay` names a replay.

        An answer of 200 to a batch may name entries that failed: each entry's own result counts.
        """
        taken = []
        for batch in batched(events, _BATCH, strict=False):
            try:
                answer = self._client.send_message_batch(
                    QueueUrl=self._url(batch[0]),
                    Entries=[_entry(str(number), event, replay) for number, event in enumerate(batch)],
                )
            except (BotoCoreError, ClientError) as error:
                logger.warning("not published", queue=batch[0].queue, events=len(batch), cause=cause(error))
                continue
            for failed in answer.get("Failed", []):
                event = batch[int(failed["Id"])]
                logger.warning("not published", **ids(event.key), queue=event.queue, cause=failed["Code"])
            taken += [batch[int(entry["Id"])] for entry in answer.get("Successful", [])]
        return taken

    def _url(self, event: Event) -> str:
        # An event may outlast the queue that was chosen for it: its type is taken from the list, the stack deployed.
        return self._urls[event.queue if event.queue in self._urls else CUSTOM]


def string_attributes(attributes: Mapping[str, str]) -> "dict[str, MessageAttributeValueTypeDef]":
    """Attributes in the form in which SQS takes them."""
    return {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}


def _entry(number: str, event: Event, replay: str) -> "SendMessageBatchRequestEntryTypeDef":
    message = Message.of(event, replay)
    return {
        "Id": number,
        "MessageBody": message.text(),
        "MessageAttributes": string_attributes(message.attributes()),
    }
