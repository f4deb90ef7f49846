"""An event as one item of the inbox table: dedupe record, outbox and event store."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zlib import compress, crc32, decompress

from webhooks.event import Event, EventKey

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

    type Item = Mapping[str, AttributeValueTypeDef]

SHARDS = 16
"""Keys among which each index spreads its entries: one key takes 1,000 writes a second, and no more."""

_TOLD_APART = 12
"""Characters of a claimant: the end of an invocation's id, 48 random bits, tells two of one event apart."""

_UNIT = 1024
"""Bytes of an item for which one write unit is paid, when it is claimed and when it is marked as published."""


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


def claimed_by(claimant: str) -> str:
    """What an item says of its claimant."""
    return claimant[-_TOLD_APART:]


def new_item(event: Event, claimant: str, token_label: str, retention: timedelta) -> "dict[str, AttributeValueTypeDef]":
    """The item of an event that is accepted now and not published yet."""
    expires_at = datetime.fromisoformat(event.received_at) + retention
    shard = crc32(str(event.key).encode()) % SHARDS
    told = {
        "user": event.user,
        "event_date": event.event_date,
        "received_at": event.received_at,
        "body_reference": event.body_reference,
        "claimed_by": claimed_by(claimant),
        "token_label": token_label,
        "unpublished_shard": str(shard),
        "type_shard": f"{event.queue}#{shard}",
    }
    item: dict[str, AttributeValueTypeDef] = {
        **table_key(event.key),
        **{name: {"S": value} for name, value in told.items() if value},
        "expires_at": {"N": str(int(expires_at.timestamp()))},
    }
    return item | _body(event.body, beside=_size(item)) if event.body else item


def queue_of(item: "Item") -> str:
    """The type whose queue takes the event, in an item or in an entry of the index by type."""
    return item["type_shard"]["S"].rpartition("#")[0]


def event_of(item: "Item") -> Event:
    """The event in an item."""

    def text(name: str) -> str:
        return item[name]["S"] if name in item else ""

    return Event(
        key=event_key(item),
        queue=queue_of(item),
        user=text("user"),
        event_date=text("event_date"),
        received_at=text("received_at"),
        body=_text(item),
        body_reference=text("body_reference"),
    )


def has_body_of(item: "Item", event: Event) -> bool:
    """Whether the body in an item, or its reference, is that of an event."""
    reference = item["body_reference"]["S"] if "body_reference" in item else ""
    return (_text(item), reference) == (event.body, event.body_reference)


def _body(text: str, beside: int) -> "dict[str, AttributeValueTypeDef]":
    """The attribute of a body, compressed where that saves a write unit; `beside` is the size of all the others."""
    plain = text.encode()
    size = beside + len("body")
    if size + len(plain) > _UNIT:
        small = compress(plain)
        if _units(size + len(small)) < _units(size + len(plain)):
            return {"body": {"B": small}}
    return {"body": {"S": text}}


def _text(item: "Item") -> str:
    body = item.get("body", {"S": ""})
    return decompress(body["B"]).decode() if "B" in body else body["S"]


def _size(item: "Item") -> int:
    return sum(len(f"{name}{''.join(map(str, value.values()))}".encode()) for name, value in item.items())


def _units(size: int) -> int:
    return -(-size // _UNIT)
