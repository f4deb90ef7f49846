"""The records that handlers keep, as an operator reads them."""

from collections.abc import Mapping
from itertools import islice
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from webhooks_cli.stack import Stack

type Record = dict[str, Any]

OURS = ("pk", "sk", "version", "event_type")
"""The fields of a record that no event told."""

_deserialized = TypeDeserializer().deserialize


def record(stack: Stack, pk: str, sk: str) -> Record | None:
    """One record, as it is now."""
    answer = stack.client("dynamodb").get_item(
        TableName=stack.outputs["RecordsTable"], Key={"pk": {"S": pk}, "sk": {"S": sk}}, ConsistentRead=True
    )
    return _plain(answer["Item"]) if "Item" in answer else None


def parts(stack: Stack, pk: str, limit: int) -> tuple[list[Record], bool]:
    """The last records under one key, in order of `sk`, and whether there are more before them."""
    request = {
        "TableName": stack.outputs["RecordsTable"],
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": pk}},
        "ConsistentRead": True,
        "ScanIndexForward": False,
    }
    pages = (
        stack.client("dynamodb").get_paginator("query").paginate(**request, PaginationConfig={"PageSize": limit + 1})
    )
    items = (item for page in pages for item in page["Items"])
    found = [_plain(item) for item in islice(items, limit + 1)]
    return found[:limit][::-1], len(found) > limit


def _plain(item: Mapping[str, Any]) -> Record:
    return {name: _deserialized(value) for name, value in item.items()}
