"""The billed units of one AWS call."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

from benchmarks.costs.prices import METRIC_READ, READ, S3_GET, S3_PUT, SECRET_CALL, SQS_REQUEST, Price
from tools.dynamodb import KB, size

CHUNK = 64 * KB
_READ_UNIT = 4 * KB
_ONE_UNIT = {
    "ChangeMessageVisibility": SQS_REQUEST,
    "DeleteMessageBatch": SQS_REQUEST,
    "GetMetricData": METRIC_READ,  # of one queue
    "GetObject": S3_GET,
    "GetQueueAttributes": SQS_REQUEST,
    "GetSecretValue": SECRET_CALL,
    "PutObject": S3_PUT,
}
"""Calls that are billed as one unit, independent of their size."""

type Usage = tuple[tuple[Price, float], ...]
"""The billed units of a call, by price."""


@dataclass(frozen=True, slots=True)
class Call:
    """An AWS call; `on` is its table, queue or bucket."""

    operation: str
    on: str
    usage: Usage

    @property
    def is_s3(self) -> bool:
        """Whether S3 answers it, which takes longer."""
        return self.operation in {"PutObject", "GetObject"}


def usage(operation: str, params: Mapping[str, Any], answer: Mapping[str, Any]) -> Usage:
    """The units of any call but a write to DynamoDB."""
    match operation:
        case "Query":
            return ((READ, max(1, ceil(sum(map(size, answer["Items"])) / _READ_UNIT)) / 2),)
        case "SendMessage" if "MessageGroupId" not in params:  # fair queues cost more
            return ((SQS_REQUEST, _chunks(_bytes(params["MessageBody"], params.get("MessageAttributes", {})))),)
        case "ReceiveMessage":
            messages = answer.get("Messages", [])
            received = sum(_bytes(each["Body"], each.get("MessageAttributes", {})) for each in messages)
            return ((SQS_REQUEST, _chunks(received)),)
    if operation in _ONE_UNIT:
        return ((_ONE_UNIT[operation], 1),)
    raise NotImplementedError(f"no price is known for a call of {operation}")


def _chunks(length: int) -> int:
    return max(1, ceil(length / CHUNK))


def _bytes(body: str, attributes: Mapping[str, Any]) -> int:
    texts = [text for name, each in attributes.items() for text in (name, each["DataType"], each["StringValue"])]
    return sum(len(text.encode()) for text in (body, *texts))
