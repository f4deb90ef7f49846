"""Events of CustomEvent on the deployed stack: stored as ingest does, and seen without the command."""

import json
from collections import Counter
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.e2e.roles import Role
from tools.local.client import log_lines
from tools.local.stack import LocalStack
from webhooks.aws.inbox import DynamoInbox
from webhooks.aws.inbox_table import table_key
from webhooks.aws.once_table import trouble_id
from webhooks.aws.queues import SqsQueues
from webhooks.dates import timestamp
from webhooks.event import CUSTOM, AcceptedEvent, EventKey


def events(event_type: str, number: int) -> list[AcceptedEvent]:
    """Events of a type without a queue of its own, received now."""
    now = timestamp(datetime.now(UTC))
    return [
        AcceptedEvent(
            key=EventKey(f"{event_type}-{each:02}", "acme", event_type),
            queue=CUSTOM,
            user="",
            event_date="",
            received_at=now,
            body=json.dumps({"EventType": event_type, "Number": each}),
        )
        for each in range(number)
    ]


@dataclass(frozen=True, slots=True)
class Custom:
    """CustomEvent's queue, dead letters and handler."""

    stack: LocalStack

    def store(self, some: Iterable[AcceptedEvent]) -> None:
        """Store events in the inbox as published, and on no queue."""
        inbox = DynamoInbox(
            self.stack.emulator.client("dynamodb"), self.stack.outputs["InboxTable"], timedelta(days=35)
        )
        for event in some:
            inbox.claim(event, "a test")
            inbox.mark_published(event)

    def send(self, some: list[AcceptedEvent], *, dead: bool = False) -> None:
        """Put events on the queue, or on the dead-letter queue, as SQS does after maxReceiveCount."""
        url = self._url("DeadLettersPrefix" if dead else "QueuePrefix")
        taken = SqsQueues(self.stack.emulator.client("sqs"), {CUSTOM: url}).publish_all(some, CUSTOM)
        assert len(taken) == len(some)

    def waiting(self) -> int:
        """How many messages the queue holds."""
        return sum(self._counts("QueuePrefix"))

    def dead(self) -> tuple[int, int]:
        """How many dead letters can be received, and how many are hidden."""
        return self._counts("DeadLettersPrefix")

    def item(self, event: AcceptedEvent) -> dict[str, Any]:
        """The event's item in the inbox."""
        found = self.stack.emulator.client("dynamodb").get_item(
            TableName=self.stack.outputs["InboxTable"], Key=table_key(event.key)
        )
        return dict(found["Item"])

    def trouble(self, event: AcceptedEvent) -> dict[str, Any]:
        """What is stored of the event's failures; empty if there are none."""
        found = self.stack.emulator.client("dynamodb").get_item(
            TableName=self.stack.outputs["OnceTable"], Key={"id": {"S": trouble_id(CUSTOM, event.key)}}
        )
        return dict(found.get("Item", {}))

    def runs(self, some: Iterable[AcceptedEvent]) -> Counter[tuple[str, str]]:
        """How often each event was handled, by message id and replay, from the handler's log."""
        ids = {event.key.message_id for event in some}
        return Counter(
            (line["message_id"], line.get("replay", ""))
            for line in log_lines(self.stack, CUSTOM)
            if line.get("message") == "handled" and line["message_id"] in ids
        )

    def without_records(self) -> AbstractContextManager[None]:
        """Take the handler's permission to save records away for the length of the block."""
        role = Role(self.stack, f"{CUSTOM}Role")
        return role.without(role.granted("dynamodb:PutItem", on="-records"))

    def fail_often(self, event: AcceptedEvent) -> None:
        """Pretend seven failures: the next one is the last. By the schedule that takes more than a day."""
        self.stack.emulator.client("dynamodb").update_item(
            TableName=self.stack.outputs["OnceTable"],
            Key={"id": {"S": trouble_id(CUSTOM, event.key)}},
            UpdateExpression="SET failures = :seven",
            ExpressionAttributeValues={":seven": {"N": "7"}},
        )

    def _counts(self, prefix: str) -> tuple[int, int]:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        counts = self.stack.emulator.client("sqs").get_queue_attributes(
            QueueUrl=self._url(prefix), AttributeNames=names
        )
        visible, hidden = (int(counts["Attributes"][name]) for name in names)
        return visible, hidden

    def _url(self, prefix: str) -> str:
        name = self.stack.outputs[prefix] + CUSTOM
        return str(self.stack.emulator.client("sqs").get_queue_url(QueueName=name)["QueueUrl"])
