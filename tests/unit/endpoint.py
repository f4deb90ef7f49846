"""The ingest function on an account of its own."""

import json
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from tests.contract.account import QUEUE_URL_PREFIX, create_queues, create_secret, create_table
from tests.unit.examples import request
from tests.unit.functions import load

TOKEN = "mcwod!j9xn2fylqo%2692kd09$jdi1l"  # noqa: S105 - the vendor's own example


@dataclass(frozen=True)
class Endpoint:
    """What a test may do to the endpoint, and see of it."""

    app: Any
    queue_urls: dict[str, str]

    def post(self, body: str | None = '{"EventType":"CreateOrderEvent"}', **options: Any) -> dict[str, Any]:
        """Deliver an authorized event."""
        request_id = options.pop("request_id", "request-1")
        return self.handle(self.request(body, **options), request_id)

    def request(self, body: str | None = '{"EventType":"CreateOrderEvent"}', **options: Any) -> dict[str, Any]:
        """An authorized request."""
        headers = {"Authorization": f"Bearer {TOKEN}", "X-Directscale-Message-Id": "m-1"}
        return request(body, **(headers | options))

    def handle(self, requested: dict[str, Any], request_id: str = "request-1") -> dict[str, Any]:
        """The function's answer, its body read."""
        answer: dict[str, Any] = self.app.handle(requested, SimpleNamespace(aws_request_id=request_id))
        return answer | {"body": json.loads(answer["body"])}

    def items(self) -> list[dict[str, Any]]:
        """What the inbox holds."""
        return list(boto3.client("dynamodb").scan(TableName="InboxTable")["Items"])

    def published(self, event_type: str) -> list[str]:
        """The bodies on a queue."""
        received = boto3.client("sqs").receive_message(QueueUrl=self.queue_urls[event_type], MaxNumberOfMessages=10)
        return [message["Body"] for message in received.get("Messages", [])]


def deploy(patch: pytest.MonkeyPatch) -> Endpoint:
    """The endpoint with all that it needs."""
    create_table("InboxTable")
    queue_urls = create_queues("CreateOrderEvent", "CustomEvent")
    patch.setenv("INBOX_TABLE", "InboxTable")
    patch.setenv("RETENTION_DAYS", "35")
    patch.setenv("TOKENS_SECRET", create_secret(json.dumps({"first": TOKEN})))
    patch.setenv("EVENT_TYPES", ",".join(queue_urls))
    patch.setenv("QUEUE_URL_PREFIX", QUEUE_URL_PREFIX)
    return Endpoint(load("ingest"), queue_urls)
