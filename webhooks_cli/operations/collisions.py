"""Collisions: events whose key was taken by an event with another body. An operator may accept them as events."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from webhooks.aws.inbox import DynamoInbox
from webhooks.aws.inbox_table import IS_PRESENT, table_key
from webhooks.event import AcceptedEvent, EventKey
from webhooks.receive import Outcome
from webhooks_cli.operations.documents import Documents
from webhooks_cli.operations.errors import OperationFailed
from webhooks_cli.operations.large_bodies import LargeBodies
from webhooks_cli.operations.masking import masked_body, masked_user
from webhooks_cli.operations.replays import queues_of
from webhooks_cli.operations.stack import Stack
from webhooks_cli.operations.stored_event import ACCEPTED_COLLISIONS

_PREFIX = "collisions"
_MOST_READ = 500
"""Documents that are searched for those of one event."""


@dataclass(frozen=True, slots=True)
class Collision:
    """A stored collision: its document's name, the key that was taken, and the event under `accepted_as` instead."""

    name: str
    key: EventKey
    event: AcceptedEvent

    @classmethod
    def from_document(cls, name: str, content: Mapping[str, Any]) -> Self:
        """From its document. Raises `OperationFailed` if that is incomplete."""
        try:
            key = EventKey(content["messageId"], content["clientId"], content["eventType"])
            event = AcceptedEvent(
                key=replace(key, message_id=content["acceptedAs"]),
                user=content["user"],
                event_date=content["eventDate"],
                received_at=content["receivedAt"],
                body=content["body"],
                body_reference=content["bodyReference"],
                queue=content["queue"],
            )
        except KeyError as missing:
            raise OperationFailed(f"the document of {name} lacks {missing}") from None
        return cls(name, key, event)

    @property
    def accepted_as(self) -> str:
        """The message id of the event that it becomes."""
        return self.event.key.message_id

    def summary(self) -> dict[str, Any]:
        """Its row in a list."""
        return {
            "received_at": self.event.received_at,
            "event_type": self.key.event_type,
            "client_id": self.key.client_id,
            "message_id": self.key.message_id,
            "collision": self.name,
        }

    def details(self, stack: Stack, *, reveal: bool) -> dict[str, Any]:
        """Everything that may be shown of it; `body` is None if it has expired.

        Without `reveal`, personal data is masked.
        """
        event = self.event
        body = LargeBodies.of(stack).load(event)
        return self.summary() | {
            "accepted_as": self.accepted_as,
            "event_date": event.event_date,
            "user": event.user if reveal else masked_user(event.user),
            "body_reference": event.body_reference,
            "body": None if body is None else masked_body(body, self.key.event_type, reveal=reveal),
        }


@dataclass(frozen=True, slots=True)
class Accepted:
    """The result: whether the event is new, and whether it is on its queue."""

    message_id: str
    new: bool
    published: bool


def newest(stack: Stack, limit: int) -> tuple[list[Collision], bool]:
    """The last collisions, the newest first, and whether there are older ones."""
    documents = Documents.of(stack, _PREFIX)
    names = [stored.name for stored in documents.newest()]
    found = [Collision.from_document(*each) for each in documents.read_all(names[:limit])]
    return found, len(names) > limit


def find(stack: Stack, name: str) -> Collision:
    """The collision whose name begins so. Raises `OperationFailed` unless there is exactly one."""
    documents = Documents.of(stack, _PREFIX)
    names = [stored.name for stored in documents.newest(name.replace(":", "-"))]
    if len(names) > 1:
        raise OperationFailed(f"several collisions begin with {name}: give more of the name")
    for found in documents.read_all(names):
        return Collision.from_document(*found)
    raise OperationFailed(f"there is no collision {name}: `webhooks collisions list` shows them")


def of_event(stack: Stack, key: EventKey, received_at: str) -> tuple[list[str], int]:
    """The names of the collisions with an event that are not accepted, the oldest first.

    And how many documents were not searched: only the last `_MOST_READ` are read.
    """
    documents = Documents.of(stack, _PREFIX)
    # S3 counts in seconds.
    names = [stored.name for stored in documents.newest() if stored.at[:19] >= received_at[:19]]
    read = documents.read_all(names[:_MOST_READ])
    taken = {"messageId": key.message_id, "clientId": key.client_id, "eventType": key.event_type}
    found = [name for name, content in read if taken.items() <= content.items()][::-1]
    return found, max(0, len(names) - _MOST_READ)


def accept(stack: Stack, collision: Collision) -> Accepted:
    """Make a collision an event: claim its key, publish it, delete the document.

    Stopped anywhere, it can be done again: the claim is conditional, and the relay publishes what is claimed.
    """
    routing, event_type = stack.routing, collision.key.event_type
    event = replace(collision.event, queue=routing.own(event_type), others=routing.others(event_type))
    if event.body_reference:  # S3 deletes it by the age of its last version
        bodies = LargeBodies.of(stack)
        body = bodies.load(event)
        if body is None:
            raise OperationFailed("its body has expired, so it cannot be accepted: S3 has deleted it by its age")
        event = replace(event, body_reference=bodies.store(body))
    # The item expires like one of today, though it was received before.
    retention = stack.retention + (datetime.now(UTC) - datetime.fromisoformat(event.received_at))
    inbox = DynamoInbox(stack.client("dynamodb"), stack.outputs["InboxTable"], max(retention, timedelta()))
    outcome = inbox.claim(event, secrets.token_hex(8))
    if outcome is Outcome.COLLISION:
        raise OperationFailed(f"{collision.accepted_as} is an event with another body already")
    published = outcome is Outcome.ACCEPTED and _publish(stack, inbox, event)
    _note(stack, collision)
    Documents.of(stack, _PREFIX).delete(collision.name)
    return Accepted(collision.accepted_as, outcome is Outcome.ACCEPTED, published)


def names_of(accepted: Sequence[str], stored: Sequence[str]) -> list[dict[str, str]]:
    """Collisions for scripts: `accepted_as` is empty for those that are only stored."""
    return [{"collision": each.replace(":", "-"), "accepted_as": each} for each in accepted] + [
        {"collision": each, "accepted_as": ""} for each in stored if each.replace("-", ":", 1) not in accepted
    ]


def _publish(stack: Stack, inbox: DynamoInbox, event: AcceptedEvent) -> bool:
    pending = queues_of(stack).publish(event)
    if len(pending) < len(event.handlers):
        inbox.mark_published(event, pending)
    return not pending


def _note(stack: Stack, collision: Collision) -> None:
    """Store with the first event, if it still exists, as what its collision was accepted."""
    dynamodb = stack.client("dynamodb")
    try:
        dynamodb.update_item(
            TableName=stack.outputs["InboxTable"],
            Key=table_key(collision.key),
            UpdateExpression=f"ADD {ACCEPTED_COLLISIONS} :id",
            ConditionExpression=IS_PRESENT,
            ExpressionAttributeValues={":id": {"SS": [collision.accepted_as]}},
        )
    except dynamodb.exceptions.ConditionalCheckFailedException:
        return
