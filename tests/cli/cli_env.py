"""A stack in memory with somebody at its command line, and its queues, seen without receiving from them."""

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import boto3
import pytest
import time_machine
from moto import backends

from tests.cli.command import Command
from tests.cli.insights import Insights
from tests.contract.account import ACCOUNT, REGION, aws, create_dead_letters, create_queues, create_secret
from tests.unit.examples import event
from tests.unit.handler_env import HandlerEnv, raises, setup
from webhooks.aws import clients
from webhooks.aws.handler import handler
from webhooks.aws.inbox import DynamoInbox
from webhooks.aws.queues import string_attributes
from webhooks.event import AcceptedEvent, EventKey
from webhooks.events.vendor import CreateOrderEvent
from webhooks.retries import DeadLetter
from webhooks_cli.operations.stack import Stack

TYPES = ("CreateOrderEvent", "UpdateAssociateEvent", "CustomEvent")
ORDERS = "CreateOrderEvent"
TOKEN = "a-token-of-the-account"  # noqa: S105 - of an account in memory
RETENTION = timedelta(days=35)


@dataclass(frozen=True, slots=True)
class Queued:
    """A message on a queue; `attributes` are its text attributes."""

    body: str
    attributes: dict[str, str]
    group: str | None
    visible: bool

    @property
    def id(self) -> str:
        """The event's message id."""
        return self.attributes["MessageId"]


@dataclass(frozen=True)
class CliEnv:
    """The stack, its commands, and what its functions do; the handler that runs is that of CreateOrderEvent."""

    stack: Stack
    webhooks: Command
    clock: time_machine.Traveller
    logs: Insights
    handlers: HandlerEnv

    def accept(self, *events: AcceptedEvent) -> None:
        """As ingest while the queue is unavailable: the events stay unpublished."""
        for each in events:
            DynamoInbox(clients.dynamodb(), "InboxTable", RETENTION).claim(each, "me", "first")

    def store(self, *events: AcceptedEvent) -> None:
        """Accept events and mark them as published: nothing is on a queue."""
        self.accept(*events)
        for each in events:
            DynamoInbox(clients.dynamodb(), "InboxTable", RETENTION).mark_published(each)

    def publish(self, *events: AcceptedEvent) -> None:
        """As ingest: accept, publish, mark."""
        self.handlers.publish(*events)
        self.store(*events)

    def handle(self) -> list[str]:
        """Let the handler run with success; its runs by the event's id and the replay's name."""
        runs: list[str] = []

        @handler(CreateOrderEvent)
        def handle(event: CreateOrderEvent) -> None:
            runs.append(event.idempotency_key.replace(f" acme {ORDERS}", "").replace("\n", " "))

        self.handlers.work(handle)
        return sorted(runs)

    def fail(self, error: Exception) -> None:
        """Let the handler run, and fail."""
        self.handlers.work(raises(error))

    def give_up(self, *ids: str, reason: str = "no such order") -> None:
        """Let the handler give up events."""
        self.publish(*map(order, ids))
        self.fail(DeadLetter(reason))

    def put_dead_letter(self, event_type: str, group: str = "", **attributes: str) -> None:
        """Put any message on the dead-letter queue of a type."""
        grouped: Any = {"MessageGroupId": group} if group else {}
        clients.sqs().send_message(
            QueueUrl=self.stack.dead_letters_url(event_type),
            MessageBody="{}",
            MessageAttributes=string_attributes(attributes),
            **grouped,
        )

    def let_sqs_give_up(self, *ids: str) -> None:
        """Let the handler die with events in its hands until SQS moves them to the dead-letter queue."""
        self.publish(*map(order, ids))
        queue, dead = self.stack.queue_url(ORDERS), self.stack.dead_letters_url(ORDERS)
        policy = {
            "deadLetterTargetArn": self.stack.queue_attributes(dead, "QueueArn")["QueueArn"],
            "maxReceiveCount": 1,
        }
        clients.sqs().set_queue_attributes(QueueUrl=queue, Attributes={"RedrivePolicy": json.dumps(policy)})
        for _ in range(2):
            clients.sqs().receive_message(QueueUrl=queue, MaxNumberOfMessages=10, VisibilityTimeout=0)
        assert not self.waiting()

    def use_token(self, label: str, at: str) -> None:
        """Count a delivery that a token authorized, as CloudWatch does from ingest's log."""
        used = {"MetricName": "TokenUsed", "Dimensions": [{"Name": "token_label", "Value": label}], "Value": 1}
        aws("cloudwatch").put_metric_data(
            Namespace=self.stack.name, MetricData=[used | {"Timestamp": datetime.fromisoformat(at)}]
        )

    def story(self, message_id: str = "m-1", *arguments: str) -> dict[str, Any]:
        """What `webhooks events show` prints of an event."""
        (story,) = self.webhooks.json("events", "show", message_id, *arguments)
        return dict(story)

    def on(self, moment: str, act: Callable[[], object]) -> None:
        """Do something at a moment of each of the command's SQS calls, in botocore's words."""
        self.stack.client("sqs").meta.events.register(moment, lambda **_: act())

    def refuse(self, operation: str, *entries: Collection[str]) -> None:
        """Let SQS name entries as failed in an answer of 200, other ones in each of the next calls."""
        turns, refused = iter(entries), set[str]()
        events = self.stack.client("sqs").meta.events

        def withhold(params: dict[str, Any], **_: Any) -> None:
            refused.clear()
            refused.update(next(turns, ()))
            params["Entries"] = [entry for entry in params["Entries"] if entry["Id"] not in refused]

        def answer(parsed: dict[str, Any], **_: Any) -> None:
            parsed["Failed"] = [{"Id": each, "SenderFault": False, "Code": "InternalError"} for each in refused]

        events.register(f"provide-client-params.sqs.{operation}", withhold)
        events.register(f"after-call.sqs.{operation}", answer)

    def everything(self) -> tuple[object, ...]:
        """Everything that a command could change: queues and inbox."""
        return self.dead_letters(), self.waiting(), self.handlers.items()

    def dead_letters(self, event_type: str = ORDERS) -> list[Queued]:
        """All dead letters of a type, hidden ones too."""
        return _queued(f"webhooks-dead-letters-{event_type}")

    def waiting(self, event_type: str = ORDERS) -> list[Queued]:
        """All messages on the queue of a type, hidden ones too."""
        return _queued(f"webhooks-events-{event_type}")

    def empty_queues(self) -> None:
        """Empty the event queues."""
        for event_type in TYPES:
            _messages(f"webhooks-events-{event_type}").clear()


def order(message_id: str, minute: int = 0, **changes: str) -> AcceptedEvent:
    """An event of CreateOrderEvent, received at a minute past eleven."""
    received_at = f"2026-11-24T11:{minute:02}:00.0000000Z"
    return event(key=EventKey(message_id, "acme", ORDERS), **{"received_at": received_at} | changes)


def cells(printed: str) -> list[list[str]]:
    """The rows of printed tables, without their headings."""
    rows = (line.strip("│").split("│") for line in printed.splitlines() if line.startswith("│"))
    return [[cell.strip() for cell in row] for row in rows]


def deploy(patch: pytest.MonkeyPatch, clock: time_machine.Traveller) -> CliEnv:
    """Deploy a stack into the account."""
    handlers = setup(patch)
    create_queues(*TYPES)
    for event_type in TYPES[1:]:
        create_dead_letters(event_type)
    stack = stack_with(
        InboxTable="InboxTable",
        OnceTable="OnceTable",
        RecordsTable="RecordsTable",
        Bucket=handlers.bucket,
        QueuePrefix="webhooks-events-",
        DeadLettersPrefix="webhooks-dead-letters-",
    )
    logs = Insights()
    stack.client("s3").meta.events.register("provide-client-params.s3", _check_owner)
    stack._clients["logs"] = logs  # noqa: SLF001 - moto has no Logs Insights
    return CliEnv(stack, Command(stack), clock, logs, handlers)


def _check_owner(params: dict[str, str], **_: Any) -> None:
    assert params["ExpectedBucketOwner"] == ACCOUNT


def stack_with(url: str = "https://api.example/webhooks", **outputs: str) -> Stack:
    """A stack that accepts `TOKEN` as `first`, and has these outputs."""
    outputs |= {"Endpoint": url, "TokensSecret": create_secret(f'{{"first": "{TOKEN}"}}')}
    stack = Stack("webhooks", _session())
    vars(stack)["sharded_until"] = ""
    # Otherwise asked of CloudFormation.
    vars(stack)["_described"] = {
        "StackId": f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/webhooks/1",
        "Outputs": [{"OutputKey": name, "OutputValue": value} for name, value in outputs.items()],
        "Parameters": [
            {"ParameterKey": "EventTypes", "ParameterValue": ", ".join(TYPES)},
            {"ParameterKey": "RetentionDays", "ParameterValue": str(RETENTION.days)},
        ],
    }
    return stack


@cache
def _session() -> boto3.Session:
    # It holds botocore's service models; reading them takes longer than most tests.
    return boto3.Session()


def _messages(queue: str) -> list[Any]:
    queues: Any = backends.get_backend("sqs")[ACCOUNT][REGION].queues
    messages: list[Any] = queues[queue]._messages  # noqa: SLF001 - hidden ones included
    return messages


def _queued(queue: str) -> list[Queued]:
    return [
        Queued(
            message.body,
            {name: each["StringValue"] for name, each in message.message_attributes.items() if "StringValue" in each},
            message.group_id,
            message.visible,
        )
        for message in _messages(queue)
    ]
