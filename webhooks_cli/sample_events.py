"""Sample events of a new type in the shape that AWS delivers: those of CustomEvent, telling of something else."""

import json
import struct
from hashlib import md5
from typing import Any
from uuid import NAMESPACE_DNS, uuid5

from webhooks_cli.new_type import NewType


def sample_request(like: str, new: NewType) -> str:
    """What API Gateway hands to ingest; `like` is the text of CustomEvent's."""
    request = json.loads(like)
    headers, body = request["headers"], _body(request["body"], new)
    length = '"content-length": "{}"'
    return _replaced(
        like.replace(length.format(headers["content-length"]), length.format(len(body.encode()))),
        {request["body"]: body, headers["x-directscale-message-id"]: _id(new, "event")},
    )


def sample_batch(like: str, new: NewType) -> str:
    """What Lambda hands to the handler of the same event; `like` is the text of CustomEvent's."""
    (record,) = json.loads(like)["Records"]
    told = {name: attribute["stringValue"] for name, attribute in record["messageAttributes"].items()}
    now_told = told | {"EventType": new.name, "MessageId": _id(new, "event")}
    body = _body(record["body"], new)
    return _replaced(
        like,
        {told[name]: now_told[name] for name in ("EventType", "MessageId")}
        | {
            record["messageId"]: _id(new, "message"),
            record["body"]: body,
            record["md5OfBody"]: _md5(body.encode()),
            record["md5OfMessageAttributes"]: _md5(b"".join(map(_hashed, sorted(now_told.items())))),
            record["eventSourceARN"]: record["eventSourceARN"].replace("CustomEvent", new.name),
        },
    )


def sample_key(batch: str) -> str:
    """The sort key of the record that the new handler makes of a sample batch."""
    (record,) = json.loads(batch)["Records"]
    told = [record["messageAttributes"][name]["stringValue"] for name in ("EventDate", "MessageId", "ClientId")]
    date, *ids = told
    return " ".join([date, "1", *ids, record["messageAttributes"]["EventType"]["stringValue"]])


def _body(like: str, new: NewType) -> str:
    fields: dict[str, Any] = {field.name: field.sample for field in new.fields}
    base = {"EventDateUtc": json.loads(like)["EventDateUtc"], "EventType": new.name}
    return json.dumps(fields | base, separators=(",", ":"))


def _id(new: NewType, of: str) -> str:
    """Always the same, so that nothing changes when a type is made again."""
    return str(uuid5(NAMESPACE_DNS, f"{of}.{new.name}"))


def _replaced(text: str, values: dict[str, str]) -> str:
    for value, other in values.items():
        text = text.replace(json.dumps(value, ensure_ascii=False), json.dumps(other))
    return text


def _hashed(attribute: tuple[str, str]) -> bytes:
    """One text attribute as it goes into the digest.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
    """
    name, value = (text.encode() for text in attribute)
    return b"".join(
        (
            *(struct.pack("!I", len(part)) + part for part in (name, b"String")),
            b"\x01",
            struct.pack("!I", len(value)),
            value,
        )
    )


def _md5(content: bytes) -> str:
    return md5(content, usedforsecurity=False).hexdigest()
