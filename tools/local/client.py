"""What one does with a running stack: deliver to it, and look at its records and logs."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from tools.errors import ToolFailed
from tools.local.stack import NAME, LocalStack
from webhooks_cli.operations.endpoint import Answer, Endpoint, Request

_deserialized = TypeDeserializer().deserialize


def post(stack: LocalStack, request: Request) -> Answer:
    """Deliver to the endpoint of a stack. Raises `NoAnswer`."""
    if stack.name != NAME:
        request = replace(request, headers={**request.headers, "Host": f"{stack.host}:{stack.emulator.port}"})
    with Endpoint(stack.url) as endpoint:
        return endpoint.post(request)


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
    """The structured log lines of functions, by their short names, as `ingest`; not those that are metrics."""
    logs = stack.emulator.client("logs")
    for function in functions:
        group = f"/aws/lambda/{stack.name}-{function}"
        for found in logs.filter_log_events(logGroupName=group)["events"]:
            if found["message"].startswith("{") and "_aws" not in (line := json.loads(found["message"])):
                yield line


def wait_until[T](look: Callable[[], T], good: Callable[[T], bool], what: str, seconds: float = 30.0) -> T:
    """Look again and again until what is seen is good. Raises `ToolFailed` with the last look."""
    deadline = time.monotonic() + seconds
    while not good(seen := look()):
        if time.monotonic() > deadline:
            raise ToolFailed(f"{what}: not within {seconds:.0f} s; last seen: {seen}")
        time.sleep(0.1)
    return seen
