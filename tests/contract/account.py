"""An AWS account in memory, with the tables as the template defines them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from types import ModuleType
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.core import responses
from moto.dynamodb.models import DynamoDBBackend
from moto.sqs import models as sqs

from tests.contract.partiql import batch_execute_statement
from tools.template import template
from webhooks.aws import clients, handler, records

REGION = "us-east-1"
ACCOUNT = "123456789012"
QUEUE_URL_PREFIX = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/webhooks-events-"
DEAD_LETTERS_URL_PREFIX = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/webhooks-dead-letters-"

NAMESPACE = "a-stack"
"""The metric namespace: the template sets it to the name of the stack."""

_ENVIRONMENT = {
    "POWERTOOLS_METRICS_NAMESPACE": NAMESPACE,
    "AWS_DEFAULT_REGION": REGION,
    "AWS_ACCESS_KEY_ID": "nobody",
    "AWS_SECRET_ACCESS_KEY": "nothing",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}
_TABLE_PROPERTIES = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")

# moto computes these anew for each call.
_known = {name: cache(vars(responses)[name]) for name in ("camelcase_to_underscores", "method_names_from_class")}
vars(responses).update(_known)
vars(sqs).update(camelcase_to_underscores=_known["camelcase_to_underscores"])


@cache
def aws(service: str) -> Any:
    """A client of a service, shared by all tests because it is slow to make: register no hooks on it."""
    return boto3.Session().client(service)  # type: ignore[call-overload]


@contextmanager
def account() -> Iterator[None]:
    """An empty account, which exists as long as the context."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in _ENVIRONMENT.items():
            patch.setenv(name, value)
        patch.delenv("AWS_ENDPOINT_URL", raising=False)
        forget()
        # The session caches botocore's service models: reading them takes longer than most tests.
        patch.setattr(DynamoDBBackend, "batch_execute_statement", batch_execute_statement)
        with mock_aws(config={"core": {"reset_boto3_session": False}}):
            yield
        forget()


def forget(*but: ModuleType) -> None:
    """Clear the caches that modules hold for the life of a process, as if a new process began."""
    modules = [module for module in (clients, records, handler) if module not in but]
    for cached in (member for module in modules for member in vars(module).values()):
        if hasattr(cached, "cache_clear"):
            cached.cache_clear()


def create_table(logical_id: str, name: str = "") -> str:
    """Create a table of the template, by default under its logical id."""
    aws("dynamodb").create_table(TableName=name or logical_id, **_definition(logical_id))
    return name or logical_id


def create_queues(*event_types: str) -> dict[str, str]:
    """Create queues; returns their URLs by event type."""
    for name in event_types:
        aws("sqs").create_queue(QueueName=f"webhooks-events-{name}")
    return {name: QUEUE_URL_PREFIX + name for name in event_types}


def create_dead_letters(event_type: str) -> str:
    """Create a type's dead-letter queue; returns its URL."""
    url = DEAD_LETTERS_URL_PREFIX + event_type
    aws("sqs").create_queue(QueueName=url.rpartition("/")[2])
    return url


def create_bucket() -> str:
    """Create the bucket; returns its name."""
    aws("s3").create_bucket(Bucket="webhooks-bucket")
    return "webhooks-bucket"


def create_secret(text: str) -> str:
    """Create the secret of the tokens; returns its id."""
    aws("secretsmanager").create_secret(Name="webhooks/tokens", SecretString=text)
    return "webhooks/tokens"


def receive(queue_url: str) -> list[dict[str, Any]]:
    """All visible messages of a queue, as records of the batch that Lambda passes to a handler."""
    records: list[dict[str, Any]] = []
    while more := receive_once(queue_url):
        records += more
    return records


def receive_once(queue_url: str) -> list[dict[str, Any]]:
    """The first of them, ten at most."""
    received: Any = clients.sqs().receive_message(
        QueueUrl=queue_url,
        MaxNumberOfMessages=10,
        MessageAttributeNames=["All"],
        MessageSystemAttributeNames=["All"],
    )
    return [as_record(message, queue_url.rpartition("/")[2]) for message in received.get("Messages", [])]


def as_record(received: dict[str, Any], queue: str) -> dict[str, Any]:
    """A received message as Lambda passes it to a handler."""
    attributes = received.get("MessageAttributes", {}).items()
    return {
        "messageId": received["MessageId"],
        "receiptHandle": received["ReceiptHandle"],
        "body": received["Body"],
        "attributes": received["Attributes"],
        "messageAttributes": {
            name: {"stringValue": attribute["StringValue"], "dataType": attribute["DataType"]}
            for name, attribute in attributes
        },
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}",
        "awsRegion": REGION,
    }


@cache
def _definition(logical_id: str) -> dict[str, Any]:
    properties = template()["Resources"][logical_id]["Properties"]
    return {name: properties[name] for name in _TABLE_PROPERTIES if name in properties}
