"""Reading many items of a table by their keys."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import batched
from typing import Any

type Item = Mapping[str, Any]
"""As DynamoDB's client gives it: each value under its kind, as `{"S": "text"}`."""

_MOST = 100


def items_of(client: Any, table: str, keys: Iterable[Item], **request: Any) -> Iterator[Item]:
    """The items that exist of those asked for, as they are now, in no order; `request` adds to the request."""
    for chunk in batched(keys, _MOST, strict=False):
        wanted = {table: {"Keys": list(chunk), "ConsistentRead": True, **request}}
        while wanted:
            answer = client.batch_get_item(RequestItems=wanted)
            yield from answer["Responses"][table]
            wanted = answer["UnprocessedKeys"]
