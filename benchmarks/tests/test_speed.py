"""The process of a function, its events, and the fake AWS."""

import json
import ssl
import time
from contextlib import closing, nullcontext
from http.client import HTTPSConnection
from itertools import islice
from pathlib import Path
from typing import Any

import certifi
import pytest

from benchmarks.speed import package
from tools.speed.fake_aws import Account, counts, fake_aws_with_tls
from tools.speed.process import INGEST, OURS, FunctionDied, function, running
from tools.speed.share import limited
from tools.speed.situations import (
    ACCEPTED,
    BATCH,
    DUPLICATE,
    IDLE,
    MESSAGES,
    REFUSED,
    WrongAnswer,
    check,
    events,
    prepare,
)

FUNCTION = """
def handle(event, context):
    print("a line of the log")
    return {"got": event["n"] + 0 * context.get_remaining_time_in_millis()}
"""


@pytest.mark.parametrize(("situation", "different"), [(ACCEPTED, 5), (IDLE, 5), (REFUSED, 5), (DUPLICATE, 1)])
def test_only_duplicates_share_an_id(situation: str, different: int) -> None:
    ids = {json.loads(event)["headers"]["x-directscale-message-id"] for event in islice(events(situation), 5)}
    assert len(ids) == different


def test_messages_of_batches_differ() -> None:
    records = [record for batch in islice(events(BATCH), 2) for record in json.loads(batch)["Records"]]
    assert len({each["messageAttributes"]["MessageId"]["stringValue"] for each in records}) == 2 * MESSAGES


@pytest.mark.parametrize(
    ("situation", "right", "wrong"),
    [
        (ACCEPTED, {"statusCode": 200}, {"statusCode": 500}),
        (REFUSED, {"statusCode": 401}, {"statusCode": 200}),
        (BATCH, {"batchItemFailures": []}, {"batchItemFailures": [{"itemIdentifier": "1"}]}),
    ],
)
def test_wrong_answer_is_not_measured(situation: str, right: Any, wrong: Any) -> None:
    check(situation, right)
    with pytest.raises(WrongAnswer):
        check(situation, wrong)


def test_function_runs_in_its_own_process(tmp_path: Path) -> None:
    Path(tmp_path, "app.py").write_text(FUNCTION)
    with running(function(INGEST, OURS, (tmp_path,), {})) as process:
        first = process.call('{"n": 1}')
        process.mark()
        second = process.call('{"n": 2}')
        assert [first.answer, second.answer] == [{"got": 1}, {"got": 2}]
        assert 0 < first.cpu_ms < first.process_cpu_ms < second.process_cpu_ms
        with pytest.raises(FunctionDied):
            process.call("{}")


BUSY = """
def handle(event, context):
    import time
    began = time.process_time()
    while time.process_time() - began < event["seconds"]:
        pass
"""


def test_limited_process_uses_its_share_only(tmp_path: Path) -> None:
    Path(tmp_path, "app.py").write_text(BUSY)
    with running(function(INGEST, OURS, (tmp_path,), {})) as process:
        process.init_cpu_ms()
        began = time.perf_counter()
        with limited(process.id, 0.25):
            call = process.call('{"seconds": 0.1}')
        assert call.cpu_ms / (1000 * (time.perf_counter() - began)) < 0.4


CALLER = """
import http.client, ssl

def handle(event, context):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(event["roots"])
    connection = http.client.HTTPSConnection(event["host"], context=context)
    connection.request("POST", "/", headers={"X-Amz-Target": "Service.DescribeTable"})
    return connection.getresponse().status
"""


def test_fake_has_the_names_of_aws(tmp_path: Path) -> None:
    """And a function verifies them: of all other names the certificate is wrong."""
    Path(tmp_path, "app.py").write_text(CALLER)
    built = function(INGEST, OURS, (tmp_path,), {})
    for host, right in (("dynamodb.us-east-1.amazonaws.com", True), ("dynamodb.example.com", False)):
        with fake_aws_with_tls() as aws, running(built, aws=aws) as process:
            event = json.dumps({"host": host, "roots": certifi.where()})
            with nullcontext() if right else pytest.raises(FunctionDied):
                assert process.call(event).answer == 200
            assert counts(aws.url) == ({"DescribeTable": 1} if right else {})


def test_idle_connections_are_closed() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    with fake_aws_with_tls() as aws:
        context.load_verify_locations(str(aws.root))
        port = int(aws.secure_url.rpartition(":")[2])
        with closing(HTTPSConnection("127.0.0.1", port, context=context)) as connection:
            for situation in (ACCEPTED, ACCEPTED):
                prepare(situation, aws.url)
                connection.request("POST", "/")
                assert connection.getresponse().read()
            prepare(IDLE, aws.url)
            assert connection.sock.recv(1) == b""


def test_fake_remembers_a_completed_run() -> None:
    account, key = Account(), {"id": {"S": "1"}}
    put = {"TableName": "webhooks-once", "Item": key | {"status": {"S": "INPROGRESS"}}}
    account.answer("PutItem", put)
    done = {
        "UpdateExpression": "SET #status = :status",
        "ExpressionAttributeNames": {"#status": "status"},
        "ExpressionAttributeValues": {":status": {"S": "COMPLETED"}},
    }
    account.answer("UpdateItem", {"TableName": "webhooks-once", "Key": key} | done)
    status, content = account.answer("PutItem", put)
    assert isinstance(content, dict)
    assert (status, content["Item"]["status"]) == (400, {"S": "COMPLETED"})


@pytest.mark.parametrize(
    ("module", "name"), [("os.path", "standard library"), ("webhooks.aws", "own code"), ("boto3.session", "boto3")]
)
def test_import_counts_for_its_package(module: str, name: str) -> None:
    assert package(module) == name
