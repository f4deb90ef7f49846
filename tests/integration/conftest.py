"""The built functions, with moto as AWS and `runtime.py` as Lambda."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from tools.local.stack import SAMPLE_TOKEN
from tools.sam_local import parameters
from tools.template import Resources, environment, event_types, resources


@dataclass(frozen=True, slots=True)
class Aws:
    """The URL of the AWS APIs, and the values of events/env.json for it."""

    url: str
    parameters: dict[str, str]

    def client(self, service: str) -> Any:
        """A client of one service."""
        return boto3.client(  # type: ignore[call-overload]
            service,
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106 - any will do
        )


@dataclass(frozen=True, slots=True)
class Functions:
    """The built functions, each with its environment from the template."""

    runtime: subprocess.Popen[str]
    environments: dict[str, dict[str, str]]

    def invoke(self, function: str, event: Any) -> Any:
        """Call a function as Lambda does; returns its result."""
        assert self.runtime.stdin
        assert self.runtime.stdout
        call = {"function": function, "event": event, "environment": self.environments[function]}
        print(json.dumps(call), file=self.runtime.stdin, flush=True)
        returned = json.loads(self.runtime.stdout.readline())
        assert "error" not in returned, returned["error"]
        return returned["answer"]


@pytest.fixture(scope="module")
def aws() -> Iterator[Aws]:
    """The tables, queues, bucket and secret of the template, in moto."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        url = f"http://127.0.0.1:{server.get_host_and_port()[1]}"
        # moto keeps the state of earlier servers in this process.
        urllib.request.urlopen(urllib.request.Request(f"{url}/moto-api/reset", method="POST")).close()  # noqa: S310
        started = Aws(url, parameters(url, event_types()))
        _create(started, resources())
        yield started
    finally:
        server.stop()


@pytest.fixture(scope="module")
def functions(built: Path, aws: Aws) -> Iterator[Functions]:
    environments = {
        name: environment(resource, aws.parameters)
        for name, resource in resources().items()
        if resource["Type"] == "AWS::Serverless::Function"
    }
    # Isolated: no site-packages, no PYTHONPATH, no byte code written.
    command = [sys.executable, "-I", "-S", "-B", str(Path(__file__).with_name("runtime.py")), str(built)]
    with subprocess.Popen(command, env={}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as runtime:
        yield Functions(runtime, environments)


def _create(aws: Aws, declared: Resources) -> None:
    for table, parameter in (
        ("InboxTable", "INBOX_TABLE"),
        ("RecordsTable", "RECORDS_TABLE"),
        ("OnceTable", "ONCE_TABLE"),
    ):
        known = ("AttributeDefinitions", "KeySchema", "BillingMode", "GlobalSecondaryIndexes")
        properties = {name: value for name, value in declared[table]["Properties"].items() if name in known}
        aws.client("dynamodb").create_table(TableName=aws.parameters[parameter], **properties)
    for event_type in event_types():
        for prefix in ("QUEUE_URL_PREFIX", "DEAD_LETTERS_URL_PREFIX"):
            aws.client("sqs").create_queue(QueueName=aws.parameters[prefix].rpartition("/")[2] + event_type)
    aws.client("s3").create_bucket(Bucket=aws.parameters["BUCKET"])
    aws.client("secretsmanager").create_secret(
        Name=aws.parameters["TOKENS_SECRET"], SecretString=json.dumps({"sample": SAMPLE_TOKEN})
    )
