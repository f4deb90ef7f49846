"""What one does with a running stack: deliver to it, and look at its records and logs."""

import http.client
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from boto3.dynamodb.types import TypeDeserializer

from tools.errors import ToolFailed
from tools.local.stack import LocalStack

_deserialized = TypeDeserializer().deserialize


@dataclass(frozen=True, slots=True)
class Request:
    """A POST of a delivery: its headers as they are sent, its body to the byte."""

    headers: Mapping[str, str]
    body: bytes
    path: str = "/webhooks"

    def with_token(self, token: str) -> Self:
        """The same delivery with another bearer token."""
        return replace(self, headers={**self.headers, "Authorization": f"Bearer {token}"})


@dataclass(frozen=True, slots=True)
class Answer:
    """What the endpoint said. `headers` by lower-case name."""

    status: int
    headers: Mapping[str, str]
    body: dict[str, Any]


def post(stack: LocalStack, request: Request) -> Answer:
    """Deliver to the endpoint of a stack."""
    connection = http.client.HTTPConnection("127.0.0.1", stack.emulator.port, timeout=60)
    try:
        # By number: not every resolver knows the names under .localhost that curl knows.
        connection.request("POST", request.path, request.body, {**request.headers, "Host": stack.host})
        answer = connection.getresponse()
        headers = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, headers, json.loads(answer.read()))
    finally:
        connection.close()


def records(stack: LocalStack, pk: str) -> dict[str, dict[str, Any]]:
    """All records under one key, by their sort key."""
    found = stack.emulator.client("dynamodb").query(
        TableName=stack.outputs["RecordsTable"],
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": pk}},
    )
    items = [{name: _deserialized(value) for name, value in item.items()} for item in found["Items"]]
    return {item["sk"]: item for item in items}


def log_lines(stack: LocalStack, *functions: str) -> Iterator[dict[str, Any]]:
    """The structured log lines of functions, by their short names, as `ingest`."""
    logs = stack.emulator.client("logs")
    for function in functions:
        group = f"/aws/lambda/{stack.name}-{function}"
        for found in logs.filter_log_events(logGroupName=group)["events"]:
            if found["message"].startswith("{"):
                yield json.loads(found["message"])


def wait_until[T](look: Callable[[], T], good: Callable[[T], bool], what: str, seconds: float = 30.0) -> T:
    """Look again and again until what is seen is good. Raises `ToolFailed` with the last look."""
    deadline = time.monotonic() + seconds
    while not good(seen := look()):
        if time.monotonic() > deadline:
            raise ToolFailed(f"{what}: not within {seconds:.0f} s; last seen: {seen}")
        time.sleep(0.1)
    return seen
