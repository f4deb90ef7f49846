"""A stack in memory with somebody at its command line, and what lies in its queues, seen without receiving it."""

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Self

import time_machine
from moto import backends

from tests.cli.command import Command
from tests.cli.deployed import TYPES, Deployed
from tests.contract.account import REGION, create_dead_letters
from tests.unit.examples import event
from webhooks.aws import clients
from webhooks.aws.handler import handler
from webhooks.aws.inbox import mark_published
from webhooks.aws.queues import string_attributes
from webhooks.event import AcceptedEvent, EventKey
from webhooks.events.orders import CreateOrderEvent
from webhooks.retries import DeadLetter

ORDERS = "CreateOrderEvent"
_ACCOUNT = "123456789012"


@dataclass(frozen=True, slots=True)
class Lying:
    """A message in a queue; `attributes` are its text attributes."""

    body: str
    attributes: dict[str, str]
    group: str | None
    visible: bool

    @property
    def id(self) -> str:
        """The event's message id."""
        return self.attributes["MessageId"]


@dataclass(frozen=True)
class Operated:
    """The stack, its commands, and what its handlers do."""

    deployed: Deployed
    webhooks: Command
    clock: time_machine.Traveller

    @classmethod
    def of(cls, deployed: Deployed, clock: time_machine.Traveller) -> Self:
        """With the queues that the stack lacks."""
        for event_type in TYPES[1:]:
            create_dead_letters(event_type)
        return cls(deployed, Command(deployed.stack), clock)

    def keep(self, *events: AcceptedEvent) -> None:
        """Let events have been accepted and published some time ago: nothing waits in a queue."""
        self.deployed.accept(*events)
        for each in events:
            mark_published(clients.dynamodb(), "InboxTable", each)

    def empty(self) -> None:
        """Empty the event queues."""
        for event_type in TYPES:
            _messages(f"webhooks-events-{event_type}").clear()

    def bury(self, *ids: str, reason: str = "no such order") -> None:
        """Let the handler of CreateOrderEvent give up events."""
        self.deployed.publish(*map(order, ids))
        self.deployed.fail(DeadLetter(reason))

    def put(self, event_type: str, group: str = "", **attributes: str) -> None:
        """Put any message among the dead letters of a type."""
        named: Any = {"MessageGroupId": group} if group else {}
        clients.sqs().send_message(
            QueueUrl=self.deployed.stack.dead_letters_url(event_type),
            MessageBody="{}",
            MessageAttributes=string_attributes(attributes),
            **named,
        )

    def let_sqs_bury(self, *ids: str) -> None:
        """Let the handler of CreateOrderEvent die with events in its hands, until SQS gives them up."""
        self.deployed.publish(*map(order, ids))
        queue, dead = (self.deployed.stack.queue_url(ORDERS), self.deployed.stack.dead_letters_url(ORDERS))
        target = clients.sqs().get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"][
            "QueueArn"
        ]
        policy = {"deadLetterTargetArn": target, "maxReceiveCount": 1}
        clients.sqs().set_queue_attributes(QueueUrl=queue, Attributes={"RedrivePolicy": json.dumps(policy)})
        for _ in range(2):
            clients.sqs().receive_message(QueueUrl=queue, MaxNumberOfMessages=10, VisibilityTimeout=0)
        assert not self.waiting()

    def runs(self) -> list[str]:
        """Let the handler of CreateOrderEvent do its work; its runs, each by the event's id and the replay's name."""
        runs: list[str] = []

        @handler(CreateOrderEvent)
        def handle(event: CreateOrderEvent) -> None:
            runs.append(event.idempotency_key.replace(f" acme {ORDERS}", ""))

        self.deployed.workplace.work(handle)
        return sorted(runs)

    def story(self, message_id: str) -> dict[str, Any]:
        """What `webhooks events show` tells of an event."""
        (told,) = self.webhooks.json("events", "show", message_id)
        return dict(told)

    def on(self, moment: str, act: Callable[[], object]) -> None:
        """Do something at a moment of each of the command's calls of SQS, in botocore's words."""
        self.deployed.stack.client("sqs").meta.events.register(moment, lambda **_: act())

    def refuse(self, operation: str, *entries: Collection[str]) -> None:
        """Let SQS name entries as failed in an answer that is no error, other ones in each of the next calls."""
        turns, refused = iter(entries), set[str]()
        events = self.deployed.stack.client("sqs").meta.events

        def withhold(params: dict[str, Any], **_: Any) -> None:
            refused.clear()
            refused.update(next(turns, ()))
            params["Entries"] = [entry for entry in params["Entries"] if entry["Id"] not in refused]

        def answer(parsed: dict[str, Any], **_: Any) -> None:
            parsed["Failed"] = [{"Id": each, "SenderFault": False, "Code": "InternalError"} for each in refused]

        events.register(f"provide-client-params.sqs.{operation}", withhold)
        events.register(f"after-call.sqs.{operation}", answer)

    def everything(self) -> tuple[object, ...]:
        """All that a command could change: what lies where, and what the inbox says."""
        return self.dead(), self.waiting(), self.deployed.workplace.items()

    def dead(self, event_type: str = ORDERS) -> list[Lying]:
        """All dead letters of a type, hidden ones too."""
        return _lying(f"webhooks-dead-letters-{event_type}")

    def waiting(self, event_type: str = ORDERS) -> list[Lying]:
        """All messages in the queue of a type."""
        return _lying(f"webhooks-events-{event_type}")


def order(message_id: str, minute: int = 0, **changes: str) -> AcceptedEvent:
    """An event of CreateOrderEvent, received at a minute past eleven."""
    received_at = f"2026-11-24T11:{minute:02}:00.0000000Z"
    return event(key=EventKey(message_id, "acme", ORDERS), **{"received_at": received_at} | changes)


def _messages(queue: str) -> list[Any]:
    queues: Any = backends.get_backend("sqs")[_ACCOUNT][REGION].queues
    held: list[Any] = queues[queue]._messages  # noqa: SLF001 - what can be received is not all
    return held


def _lying(queue: str) -> list[Lying]:
    return [
        Lying(
            message.body,
            {name: told["StringValue"] for name, told in message.message_attributes.items() if "StringValue" in told},
            message.group_id,
            message.visible,
        )
        for message in _messages(queue)
    ]
