"""One SQS queue per handler."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import batched
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from webhooks.aws.log import error_code, ids, logger
from webhooks.event import AcceptedEvent
from webhooks.message import message_attributes, message_text

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageAttributeValueTypeDef, SendMessageBatchRequestEntryTypeDef

_BATCH = 10
"""The most messages in one batch. With bodies inline, ten of the largest are a third of its 1 MiB."""


class SqsQueues:
    """Queues by handler. A URL is looked up, never built from what the sender sent."""

    def __init__(self, client: "SQSClient", urls: Mapping[str, str]) -> None:
        self._client = client
        self._urls = urls

    def publish(self, event: AcceptedEvent, has_time: Callable[[], bool] = lambda: True) -> tuple[str, ...]:
        """Send the event to the queue of each of its handlers; returns the handlers whose queue did not take it.

        Without time for another queue, the rest is left out.
        """
        body, attributes = message_text(event), string_attributes(message_attributes(event))
        pending = []
        for name in event.handlers:
            if name is not event.queue and not has_time():
                pending.append(name)
                continue
            try:
                self._client.send_message(QueueUrl=self._urls[name], MessageBody=body, MessageAttributes=attributes)
            except (BotoCoreError, ClientError) as error:
                logger.warning("not published", **ids(event.key), queue=name, cause=error_code(error))
                pending.append(name)
        return tuple(pending)

    def publish_all(self, events: Sequence[AcceptedEvent], handler: str, replay: str = "") -> list[AcceptedEvent]:
        """Send events to the queue of a handler in batches, in order; returns those that the queue took.

        `replay` names the replay that sends them. A batch may be answered 200 although some of its entries failed.
        """
        taken = []
        for batch in batched(events, _BATCH, strict=False):
            try:
                answer = self._client.send_message_batch(
                    QueueUrl=self._urls[handler],
                    Entries=[_entry(str(number), replace(event, replay=replay)) for number, event in enumerate(batch)],
                )
            except (BotoCoreError, ClientError) as error:
                logger.warning("not published", queue=handler, events=len(batch), cause=error_code(error))
                continue
            for failed in answer.get("Failed", []):
                event = batch[int(failed["Id"])]
                logger.warning("not published", **ids(event.key), queue=handler, cause=failed["Code"])
            taken += [batch[int(entry["Id"])] for entry in answer.get("Successful", [])]
        return taken


def string_attributes(attributes: Mapping[str, str]) -> "dict[str, MessageAttributeValueTypeDef]":
    """Attributes as SQS takes them."""
    return {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}


def _entry(number: str, event: AcceptedEvent) -> "SendMessageBatchRequestEntryTypeDef":
    return {
        "Id": number,
        "MessageBody": message_text(event),
        "MessageAttributes": string_attributes(message_attributes(event)),
    }
