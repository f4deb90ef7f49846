"""The records that handlers save, as an operator reads them."""

import re
from collections.abc import Mapping
from itertools import islice
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from webhooks.event import EventKey
from webhooks_cli.operations.errors import OperationFailed
from webhooks_cli.operations.handler_state import RecordRef
from webhooks_cli.operations.masking import masked
from webhooks_cli.operations.stack import Stack

type Record = dict[str, Any]

_OWN_FIELDS = ("pk", "sk", "version", "event_type", "deleted", "BodyReference")
"""The fields of a record that do not come from an event."""

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z")

_deserialized = TypeDeserializer().deserialize


def holder(stack: Stack, ref: RecordRef) -> EventKey | None:
    """The event whose state a record holds now; None if the record does not exist."""
    answer = stack.client("dynamodb").get_item(
        TableName=stack.outputs["RecordsTable"],
        Key={"pk": {"S": ref.pk}, "sk": {"S": ref.sk}},
        ConsistentRead=True,
        ProjectionExpression="version",
    )
    return _event_in(answer["Item"]["version"]["S"]) if answer.get("Item") else None


def record_key(thing: str, number: str = "") -> str:
    """The `pk` of a record: its thing, in any case, and its id, if there are several."""
    return f"{thing.upper()}#{number}" if number else thing.upper()


def parts(stack: Stack, pk: str, limit: int, *, reveal: bool) -> tuple[list[Record], bool]:
    """The last records under one key in order of `sk`, and whether there are more before them.

    Without `reveal`, personal data is masked. Raises `OperationFailed` if there is none.
    """
    found, more = _last(stack, pk, limit)
    read = [plain(item) for item in found]
    return [part if reveal else _masked(part) for part in read][::-1], more


def events_in(stack: Stack, pk: str, limit: int) -> tuple[list[EventKey], bool]:
    """The events whose state the last records under one key hold, and whether there are more records.

    Raises `OperationFailed` if there is none.
    """
    found, more = _last(stack, pk, limit, ProjectionExpression="version")
    return list(dict.fromkeys(_event_in(item["version"]["S"]) for item in found)), more


def _last(stack: Stack, pk: str, limit: int, **projection: str) -> tuple[list[Mapping[str, Any]], bool]:
    """The last items under one key, the last one first, and whether there are more."""
    request = {
        "TableName": stack.outputs["RecordsTable"],
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": pk}},
        "ConsistentRead": True,
        "ScanIndexForward": False,
        **projection,
    }
    pages = (
        stack.client("dynamodb").get_paginator("query").paginate(**request, PaginationConfig={"PageSize": limit + 1})
    )
    found = list(islice((item for page in pages for item in page["Items"]), limit + 1))
    if not found:
        raise OperationFailed(f"there is no record {pk}: `webhooks events show ID` shows which records an event led to")
    return found[:limit], len(found) > limit


def _event_in(version: str) -> EventKey:
    """The event of a version: date, precedence, time of receipt (not before version 1.1) and event key.

    Of its parts only the last, the event type, may contain spaces.
    """
    _, _, third, rest = version.split(" ", 3)
    return EventKey(*(rest if _MOMENT.fullmatch(third) else f"{third} {rest}").split(" ", 2))


def plain(item: Mapping[str, Any]) -> Record:
    """A record from its item."""
    return {name: _deserialized(value) for name, value in item.items()}


def _masked(part: Record) -> Record:
    return masked(part, part["event_type"], _OWN_FIELDS)
