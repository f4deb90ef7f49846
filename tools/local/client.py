"""Deliver to a running stack, and read its queues, records and logs."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from tools.errors import ToolFailed
from tools.local.stack import NAME, LocalStack
from webhooks.event import CUSTOM
from webhooks_cli.operations.endpoint import Answer, Endpoint, Request

_deserialized = TypeDeserializer().deserialize


def post(stack: LocalStack, request: Request) -> Answer:
    """Deliver to the endpoint of a stack. Raises `NoAnswer`."""
    if stack.name != NAME:
        request = replace(request, headers={**request.headers, "Host": f"{stack.host}:{stack.emulator.port}"})
    with Endpoint(stack.url) as endpoint:
        return endpoint.post(request)


def records(stack: LocalStack, pk: str) -> dict[str, dict[str, Any]]:
    """The records under one partition key, by sort key."""
    found = stack.emulator.client("dynamodb").query(
        TableName=stack.outputs["RecordsTable"],
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": pk}},
    )
    items = [{name: _deserialized(value) for name, value in item.items()} for item in found["Items"]]
    return {item["sk"]: item for item in items}


def waiting(stack: LocalStack, event_type: str) -> int:
    """The number of messages on the queue of an event type, in flight and delayed ones included."""
    sqs = stack.emulator.client("sqs")
    queues = sqs.list_queues(QueueNamePrefix=stack.outputs["QueuePrefix"])["QueueUrls"]
    own, custom = (stack.outputs["QueuePrefix"] + name for name in (event_type, CUSTOM))
    url = next(url for name in (own, custom) for url in queues if url.endswith(f"/{name}"))
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return sum(int(attributes[name]) for name in attributes if name.startswith("ApproximateNumberOfMessages"))


def log_lines(stack: LocalStack, *functions: str) -> Iterator[dict[str, Any]]:
    """The structured log lines of functions, without metrics.

    Functions have short names, such as `ingest`; by default all of the stack's.
    """
    logs, prefix = stack.emulator.client("logs"), f"/aws/lambda/{stack.name}-"
    pages = logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=prefix)
    groups = [prefix + function for function in functions] or [
        group["logGroupName"] for page in pages for group in page["logGroups"]
    ]
    for group in groups:
        for found in logs.filter_log_events(logGroupName=group)["events"]:
            if found["message"].startswith("{") and "_aws" not in (line := json.loads(found["message"])):
                yield line


def wait_until[T](look: Callable[[], T], good: Callable[[T], bool], what: str, seconds: float = 60.0) -> T:
    """Look repeatedly until `good` accepts what is seen. Raises `ToolFailed` with what was seen last."""
    deadline = time.monotonic() + seconds
    while not good(seen := look()):
        if time.monotonic() > deadline:
            raise ToolFailed(f"{what}: not within {seconds:.0f} s; last seen: {seen}")
        time.sleep(0.1)
    return seen
