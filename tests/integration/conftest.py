"""AWS stood for by moto, Lambda by `runtime.py`."""

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
from tools.template import environment, resources


@dataclass(frozen=True, slots=True)
class Aws:
    """Where the AWS APIs answer, and the values of events/env.json for it."""

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
    """The built functions, each called as Lambda calls it, with the variables that the template gives it."""

    runtime: subprocess.Popen[str]
    environments: dict[str, dict[str, str]]

    def invoke(self, function: str, event: Any) -> Any:
        """What the function returns for an event."""
        assert self.runtime.stdin is not None
        assert self.runtime.stdout is not None
        call = {"function": function, "event": event, "environment": self.environments[function]}
        print(json.dumps(call), file=self.runtime.stdin, flush=True)
        said = json.loads(self.runtime.stdout.readline())
        assert "error" not in said, said["error"]
        return said["answer"]


@pytest.fixture(scope="module")
def aws() -> Iterator[Aws]:
    """The tables of the template, a queue per event type and the secret, in moto."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        _, port = server.get_host_and_port()
        started = Aws(f"http://127.0.0.1:{port}", parameters(f"http://127.0.0.1:{port}"))
        # moto keeps its state per process, whoever filled it before.
        urllib.request.urlopen(urllib.request.Request(f"{started.url}/moto-api/reset", method="POST")).close()  # noqa: S310
        _create(started, resources())
        yield started
    finally:
        server.stop()


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file in which all that the functions log is found."""
    return tmp_path_factory.mktemp("functions") / "log"


@pytest.fixture(scope="module")
def functions(built: Path, aws: Aws, log: Path) -> Iterator[Functions]:
    """The built functions, behind one runtime process."""
    environments = {
        name: environment(resource, aws.parameters)
        for name, resource in resources().items()
        if resource["Type"] == "AWS::Serverless::Function"
    }
    with log.open("w") as output, start_runtime(built, output) as runtime:
        yield Functions(runtime, environments)


def start_runtime(build: Path, log: Any) -> subprocess.Popen[str]:
    """An isolated interpreter: no site-packages, no PYTHONPATH, no byte code written."""
    return subprocess.Popen(
        [sys.executable, "-I", "-S", "-B", Path(__file__).with_name("runtime.py"), build],
        env={},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
    )


def _create(aws: Aws, declared: dict[str, dict[str, Any]]) -> None:
    dynamodb, sqs = aws.client("dynamodb"), aws.client("sqs")
    tables = (("InboxTable", "INBOX_TABLE"), ("RecordsTable", "RECORDS_TABLE"), ("OnceTable", "ONCE_TABLE"))
    for table, parameter in tables:
        known = ("AttributeDefinitions", "KeySchema", "BillingMode", "GlobalSecondaryIndexes")
        properties = declared[table]["Properties"]
        dynamodb.create_table(
            TableName=aws.parameters[parameter], **{name: properties[name] for name in known if name in properties}
        )
    for event_type in aws.parameters["EVENT_TYPES"].split(","):
        sqs.create_queue(QueueName=queue_name(aws, event_type))
        sqs.create_queue(QueueName=queue_name(aws, event_type, "DEAD_LETTERS_URL_PREFIX"))
    aws.client("s3").create_bucket(Bucket=aws.parameters["BUCKET"])
    aws.client("secretsmanager").create_secret(
        Name=aws.parameters["TOKENS_SECRET"], SecretString=json.dumps({"sample": SAMPLE_TOKEN})
    )


def queue_name(aws: Aws, event_type: str, prefix: str = "QUEUE_URL_PREFIX") -> str:
    """The name of an event type's queue."""
    return aws.parameters[prefix].rpartition("/")[2] + event_type
