"""The ingest function in an account of its own."""

import json
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

from tests.contract.account import (
    ACCOUNT,
    QUEUE_URL_PREFIX,
    aws,
    create_bucket,
    create_queues,
    create_secret,
    create_table,
)
from tests.contract.account import receive as receive_all
from tests.unit.examples import request
from tests.unit.functions import load
from webhooks.aws import clients
from webhooks.event import AcceptedEvent
from webhooks.message import event_from_record

TOKEN = "mcwod!j9xn2fylqo%2692kd09$jdi1l"  # noqa: S105 - the vendor's own example
ORDER = '{"EventType":"CreateOrderEvent"}'


@dataclass(frozen=True)
class Endpoint:
    """What a test can do to the endpoint, and see of it."""

    app: Any
    queue_urls: dict[str, str]
    bucket: str

    def post(self, body: str | None = ORDER, **options: Any) -> dict[str, Any]:
        """Deliver an authorized event; `request_id` is Lambda's."""
        request_id = options.pop("request_id", "request-1")
        return self.handle(self.request(body, **options), request_id)

    def request(self, body: str | None = ORDER, **options: Any) -> dict[str, Any]:
        """An authorized request."""
        headers = {"Authorization": f"Bearer {TOKEN}", "X-Directscale-Message-Id": "m-1"}
        return request(body, **(headers | options))

    def handle(self, requested: dict[str, Any], request_id: str = "request-1") -> dict[str, Any]:
        """The function's response, its body parsed."""
        response: dict[str, Any] = self.app.handle(
            requested,
            SimpleNamespace(
                aws_request_id=request_id, function_version="7", get_remaining_time_in_millis=lambda: 29_000
            ),
        )
        return response | {"body": json.loads(response["body"])}

    def stop(self, service: str) -> None:
        """Let every call of a service fail."""
        if service == "dynamodb":
            aws("dynamodb").delete_table(TableName="InboxTable")
        elif service == "sqs":
            self.stop_queue("CreateOrderEvent")
        elif service == "s3":
            aws("s3").delete_bucket(Bucket=self.bucket)
        else:
            aws("secretsmanager").delete_secret(SecretId="webhooks/tokens", ForceDeleteWithoutRecovery=True)

    def stop_queue(self, handler: str) -> None:
        """Let every call of one queue fail."""
        aws("sqs").delete_queue(QueueUrl=self.queue_urls[handler])

    def items(self) -> list[dict[str, Any]]:
        """The items of the inbox."""
        return list(clients.dynamodb().scan(TableName="InboxTable")["Items"])

    def published(self, event_type: str = "CreateOrderEvent") -> list[str]:
        """The bodies on a queue."""
        return [record["body"] for record in self.records(event_type)]

    def messages(self, event_type: str = "CreateOrderEvent") -> list[AcceptedEvent]:
        """The messages on a queue."""
        return [event_from_record(record) for record in self.records(event_type)]

    def records(self, event_type: str) -> list[dict[str, Any]]:
        """The records that Lambda would pass to the handler of a queue."""
        return receive_all(self.queue_urls[event_type])

    def stored(self, folder: str = "") -> dict[str, str]:
        """The texts in a folder of the bucket, by key."""
        s3: Any = clients.s3()
        keys = [found["Key"] for found in s3.list_objects_v2(Bucket=self.bucket, Prefix=folder).get("Contents", [])]
        return {key: s3.get_object(Bucket=self.bucket, Key=key)["Body"].read().decode() for key in keys}


def deploy(patch: pytest.MonkeyPatch, *handlers: str, takes: str = "") -> Endpoint:
    """The endpoint and everything it uses; `takes` is the template's parameter."""
    create_table("InboxTable")
    queue_urls = create_queues(*(handlers or ("CreateOrderEvent", "CustomEvent")))
    bucket = create_bucket()
    patch.setenv("INBOX_TABLE", "InboxTable")
    patch.setenv("RETENTION_DAYS", "35")
    patch.setenv("TOKENS_SECRET", create_secret(json.dumps({"first": TOKEN})))
    patch.setenv("BUCKET", bucket)
    patch.setenv("BUCKET_OWNER", ACCOUNT)
    patch.setenv("EVENT_TYPES", ",".join(queue_urls))
    patch.setenv("TAKES", takes)
    patch.setenv("QUEUE_URL_PREFIX", QUEUE_URL_PREFIX)
    return Endpoint(load("ingest"), queue_urls, bucket)
