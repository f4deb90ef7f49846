"""What one call of an AWS API is charged for."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

from benchmarks.costs.dynamodb import KB, Item, Table, size
from benchmarks.costs.prices import READ, S3_GET, S3_PUT, SECRET_CALL, SQS_FAIR, SQS_REQUEST, WRITE, Price

CHUNK = 64 * KB
_READ_UNIT = 4 * KB
_ONE = {
    "ChangeMessageVisibility": SQS_REQUEST,
    "DeleteMessageBatch": SQS_REQUEST,
    "GetObject": S3_GET,
    "GetSecretValue": SECRET_CALL,
    "PutObject": S3_PUT,
}
"""Those that are one of something, whatever they carry."""


type Usage = tuple[tuple[Price, float], ...]
"""How much of what a call is charged for."""


@dataclass(frozen=True, slots=True)
class Call:
    """One AWS call that was seen."""

    operation: str
    on: str
    usage: Usage

    @property
    def is_of_s3(self) -> bool:
        """Whether S3 answers it, which takes longer."""
        return self.operation in {"PutObject", "GetObject"}


def write(table: Table, before: Item | None, after: Item | None) -> Usage:
    """Of a write of one item, by what it found and left."""
    return ((WRITE, table.write_units(before, after)),)


def usage(operation: str, params: Mapping[str, Any], answer: Mapping[str, Any]) -> Usage:
    """Of any other call."""
    match operation:
        case "Query":
            return ((READ, max(1, ceil(sum(map(size, answer["Items"])) / _READ_UNIT)) / 2),)
        case "SendMessage":
            requests = _chunks(_bytes(params["MessageBody"], params.get("MessageAttributes", {})))
            fair = ((SQS_FAIR, requests),) if "MessageGroupId" in params else ()
            return (SQS_REQUEST, requests), *fair
        case "ReceiveMessage":
            received = answer.get("Messages", [])
            return (
                (
                    SQS_REQUEST,
                    _chunks(sum(_bytes(each["Body"], each.get("MessageAttributes", {})) for each in received)),
                ),
            )
    if operation in _ONE:
        return ((_ONE[operation], 1),)
    raise NotImplementedError(f"no price is stated for a call of {operation}")


def _chunks(count: int) -> int:
    return max(1, ceil(count / CHUNK))


def _bytes(body: str, attributes: Mapping[str, Any]) -> int:
    told = [(name, each["DataType"], each["StringValue"]) for name, each in attributes.items()]
    return len(body.encode()) + sum(len(text.encode()) for texts in told for text in texts)
