"""One SQS queue per handler."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import batched
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from webhooks.aws.log import error_code, ids, logger
from webhooks.event import AcceptedEvent
from webhooks.message import message_attributes, message_text
from webhooks.policy import SEND_BATCH

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageAttributeValueTypeDef, SendMessageBatchRequestEntryTypeDef


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

        `replay` names the replay that sends them.
        """
        batches = batched(events, SEND_BATCH, strict=False)
        return [event for batch in batches for event in self.publish_batch(batch, handler, replay) or ()]

    def publish_batch(
        self, events: Sequence[AcceptedEvent], handler: str, replay: str = ""
    ) -> list[AcceptedEvent] | None:
        """Send at most `SEND_BATCH` events to the queue of a handler; returns those that it took, None if it failed.

        A batch may be answered 200 although some of its entries failed.
        """
        try:
            answer = self._client.send_message_batch(
                QueueUrl=self._urls[handler],
                Entries=[_entry(str(number), replace(event, replay=replay)) for number, event in enumerate(events)],
            )
        except (BotoCoreError, ClientError) as error:
            logger.warning("not published", queue=handler, events=len(events), cause=error_code(error))
            return None
        for failed in answer.get("Failed", []):
            event = events[int(failed["Id"])]
            logger.warning("not published", **ids(event.key), queue=handler, cause=failed["Code"])
        return [events[int(entry["Id"])] for entry in answer.get("Successful", [])]


def string_attributes(attributes: Mapping[str, str]) -> "dict[str, MessageAttributeValueTypeDef]":
    """Attributes as SQS takes them."""
    return {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}


def _entry(number: str, event: AcceptedEvent) -> "SendMessageBatchRequestEntryTypeDef":
    return {
        "Id": number,
        "MessageBody": message_text(event),
        "MessageAttributes": string_attributes(message_attributes(event)),
    }
