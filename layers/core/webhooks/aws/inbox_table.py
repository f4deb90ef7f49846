"""The inbox table: its keys, indexes, attributes and expressions, and an event as one of its items.

An item is dedupe record, outbox and event store in one.
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from zlib import compress, crc32, decompressobj

from webhooks.event import AcceptedEvent, EventKey
from webhooks.policy import INLINE_LIMIT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

    type Item = Mapping[str, AttributeValueTypeDef]

UNPUBLISHED_INDEX: Final = "unpublished"
"""Sparse index of unpublished events, by `unpublished_shard` and `received_at`."""

TYPE_INDEX: Final = "by_type"
"""Index of all events, by `type_shard`, which is the type whose queue takes the event, and `received_at`.

One key for each type: it takes 1,000 events a second, and a list is read from one place. Version 1.0 appended a shard,
`#0` to `#15`.
"""

SHARDS: Final = 16
"""Keys over which the index of unpublished events spreads its entries: one key takes 1,000 writes a second at most."""

IS_NEW: Final = "attribute_not_exists(message_id)"
IS_PRESENT: Final = "attribute_exists(message_id)"
IS_UNPUBLISHED: Final = "attribute_exists(unpublished_shard)"
MARK_PUBLISHED: Final = "REMOVE unpublished_shard"
SET_PENDING: Final = "SET pending = :pending"
IN_UNPUBLISHED_SHARD: Final = "unpublished_shard = :shard"
OF_TYPE: Final = "type_shard = :key AND received_at BETWEEN :since AND :until"

NOT_BODY: Final = (
    *("message_id", "client_and_type", "type_shard", "unpublished_shard", "received_at", "event_date", "user"),
    *("token_label", "body_reference", "handlers", "pending", "expires_at"),
    # Written by handlers before version 1.1:
    *("failures", "errors", "deaths", "given_up_at", "redriven_at", "discarded_at"),
)
"""All attributes that a reader of the inbox needs but the body."""

_CLAIMANT_LENGTH = 12
"""The end of an invocation's id, 48 random bits: enough to tell two claimants of one event apart."""

_WRITE_UNIT = 1024
"""Bytes of an item per write unit, paid for by the claim and by the mark."""


def table_key(key: EventKey) -> "dict[str, AttributeValueTypeDef]":
    """The primary key of the event's item."""
    return {
        "message_id": {"S": key.message_id},
        "client_and_type": {"S": f"{key.client_id} {key.event_type}"},
    }


def event_key(item: "Item") -> EventKey:
    """The event's key in an item or an index entry."""
    client_id, event_type = item["client_and_type"]["S"].split(" ", 1)
    return EventKey(item["message_id"]["S"], client_id, event_type)


def claimed_by(claimant: str) -> str:
    """The part of a claimant that an item stores."""
    return claimant[-_CLAIMANT_LENGTH:]


def new_item(
    event: AcceptedEvent, claimant: str, token_label: str, retention: timedelta
) -> "dict[str, AttributeValueTypeDef]":
    """The item of an event at its acceptance, when it is not published yet."""
    expires_at = datetime.fromisoformat(event.received_at) + retention
    shard = crc32(str(event.key).encode()) % SHARDS
    attributes = {
        "user": event.user,
        "event_date": event.event_date,
        "received_at": event.received_at,
        "body_reference": event.body_reference,
        "claimed_by": claimed_by(claimant),
        "token_label": token_label,
        "unpublished_shard": str(shard),
        "type_shard": event.queue,
    }
    item: dict[str, AttributeValueTypeDef] = {
        **table_key(event.key),
        **{name: {"S": value} for name, value in attributes.items() if value},
        "expires_at": {"N": str(int(expires_at.timestamp()))},
    }
    if event.others:
        item["handlers"] = {"SS": sorted(event.handlers)}
    return item | _body(event.body, beside=_size(item)) if event.body else item


def queue_of(item: "Item") -> str:
    """The handler of the event's type."""
    return item["type_shard"]["S"].partition("#")[0]


def event_of(item: "Item") -> AcceptedEvent:
    """The event in an item."""

    def text(name: str) -> str:
        return item[name]["S"] if name in item else ""

    def names(name: str) -> tuple[str, ...]:
        return tuple(sorted(item[name]["SS"])) if name in item else ()

    queue = queue_of(item)
    return AcceptedEvent(
        key=event_key(item),
        user=text("user"),
        event_date=text("event_date"),
        received_at=text("received_at"),
        body=_text(item),
        body_reference=text("body_reference"),
        queue=queue,
        others=tuple(name for name in names("handlers") if name != queue),
        pending=names("pending"),
    )


def is_unpublished(item: "Item") -> bool:
    """Whether the event still has to be published."""
    return "unpublished_shard" in item


def has_body_of(item: "Item", event: AcceptedEvent) -> bool:
    """Whether an item and an event have the same body, or the same reference to one."""
    reference = item["body_reference"]["S"] if "body_reference" in item else ""
    return (_text(item), reference) == (event.body, event.body_reference)


def _body(text: str, beside: int) -> "dict[str, AttributeValueTypeDef]":
    """The attribute of a body, compressed if that saves a write unit; `beside` is the size of all other attributes."""
    plain = text.encode()
    size = beside + len("body")
    if size + len(plain) > _WRITE_UNIT:
        small = compress(plain)
        if _units(size + len(small)) < _units(size + len(plain)):
            return {"body": {"B": small}}
    return {"body": {"S": text}}


def _text(item: "Item") -> str:
    body = item.get("body", {"S": ""})
    return decompressobj().decompress(body["B"], INLINE_LIMIT).decode() if "B" in body else body["S"]


def _size(item: "Item") -> int:
    return sum(len(f"{name}{''.join(map(str, value.values()))}".encode()) for name, value in item.items())


def _units(size: int) -> int:
    return -(-size // _WRITE_UNIT)
