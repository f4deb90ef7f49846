"""An event as one item of the inbox table: dedupe record, outbox and event store."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zlib import crc32

from webhooks.event import Event, EventKey

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

    type Item = Mapping[str, AttributeValueTypeDef]

SHARDS = 16
"""Keys among which each index spreads its entries: one key takes 1,000 writes a second, and no more."""


def table_key(key: EventKey) -> "dict[str, AttributeValueTypeDef]":
    """The key of the event's item."""
    return {
        "message_id": {"S": key.message_id},
        "client_and_type": {"S": f"{key.client_id} {key.event_type}"},
    }


def event_key(item: "Item") -> EventKey:
    """The event's key in an item, or in an entry of an index."""
    client_id, event_type = item["client_and_type"]["S"].split(" ", 1)
    return EventKey(item["message_id"]["S"], client_id, event_type)


def new_item(event: Event, claimant: str, token_label: str, retention: timedelta) -> "dict[str, AttributeValueTypeDef]":
    """The item of an event that is accepted now and not published yet."""
    expires_at = datetime.fromisoformat(event.received_at) + retention
    shard = crc32(str(event.key).encode()) % SHARDS
    told = {
        "user": event.user,
        "event_date": event.event_date,
        "received_at": event.received_at,
        "queue": event.queue,
        "body": event.body,
        "body_reference": event.body_reference,
        "state": "accepted",
        "claimed_by": claimant,
        "token_label": token_label,
        "unpublished_shard": str(shard),
        "type_shard": f"{event.queue}#{shard}",
    }
    return {
        **table_key(event.key),
        **{name: {"S": value} for name, value in told.items() if value},
        "expires_at": {"N": str(int(expires_at.timestamp()))},
    }


def event_of(item: "Item") -> Event:
    """The event in an item."""

    def text(name: str) -> str:
        return item[name]["S"] if name in item else ""

    return Event(
        key=event_key(item),
        queue=text("queue"),
        user=text("user"),
        event_date=text("event_date"),
        received_at=text("received_at"),
        body=text("body"),
        body_reference=text("body_reference"),
    )
