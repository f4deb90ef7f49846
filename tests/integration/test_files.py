"""The files of events/ among themselves, and against what the vendor and AWS document."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.integration.conftest import Aws
from tools.demo import vendor_request
from tools.local.stack import SAMPLE_TOKEN
from tools.sam_local import EVENTS, EXPECTED, fresh, parameters
from webhooks.policy import BODY_LIMIT

REQUESTS = [file for file in EXPECTED if file.startswith("ingest/")]
BATCHES = [file for file in EXPECTED if file.startswith("handlers/")]
TYPES = parameters("")["EVENT_TYPES"].split(",")


def read(file: str) -> Any:
    """One file of events/."""
    return json.loads((EVENTS / file).read_text())


def body_of(request: dict[str, Any]) -> bytes:
    """What the sender posted."""
    body: str = request["body"]
    return base64.b64decode(body) if request["isBase64Encoded"] else body.encode()


def test_each_file_has_an_expectation_and_each_expectation_a_file() -> None:
    """A file without an expected answer would never be run."""
    found = {str(file.relative_to(EVENTS)) for folder in ("ingest", "handlers") for file in (EVENTS / folder).iterdir()}
    assert found == set(EXPECTED)


def test_each_vendor_type_has_a_request_and_a_batch() -> None:
    assert {f"ingest/{name}.json" for name in TYPES} <= set(REQUESTS)
    assert {f"handlers/{name}.json" for name in TYPES} <= set(BATCHES)


@pytest.mark.parametrize("sample", sorted((EVENTS / "samples").iterdir()), ids=lambda sample: sample.stem)
def test_where_the_vendor_publishes_a_sample_the_body_is_it_to_the_letter(sample: Any) -> None:
    """Trailing comma and all."""
    assert read(f"ingest/{sample.stem}.json")["body"] == sample.read_text().removesuffix("\n")


def test_the_request_without_a_message_id_is_the_vendors_curl() -> None:
    """Its body byte for byte, and no header of the vendor's but the two documented ones."""
    request, curl = read("ingest/no-message-id.json"), vendor_request().with_token(SAMPLE_TOKEN)
    assert body_of(request) == curl.body
    assert {name: request["headers"][name.lower()] for name in curl.headers} == curl.headers
    assert not [name for name in request["headers"] if name.startswith("x-directscale")]


def test_the_request_that_is_too_large_is_so_by_one_byte() -> None:
    """The limit itself is tested where it stands."""
    assert len(body_of(read("ingest/too-large.json"))) == BODY_LIMIT + 1


@pytest.mark.parametrize("file", REQUESTS)
def test_a_request_is_what_api_gateway_delivers(file: str) -> None:
    """Payload format 2.0: whatever it states twice, it states alike."""
    request = read(file)
    headers, context = request["headers"], request["requestContext"]
    assert request["version"] == "2.0"
    assert list(headers) == sorted(name.lower() for name in headers)
    assert headers["content-length"] == str(len(body_of(request)))
    assert request["isBase64Encoded"] == ("content-type" not in headers)
    assert request["routeKey"] == context["routeKey"]
    assert request["rawPath"] == context["http"]["path"]
    assert context["domainName"] == headers["host"]
    assert context["http"]["sourceIp"] == headers["x-forwarded-for"]
    assert context["http"]["userAgent"] == headers["user-agent"]
    moment = datetime.fromtimestamp(context["timeEpoch"] / 1000, UTC)
    assert context["time"] == f"{moment:%d/%b/%Y:%H:%M:%S} +0000"
    if "pathParameters" in request:
        assert request["routeKey"] == "POST /webhooks/{eventType+}"
        assert request["rawPath"] == f"/webhooks/{request['pathParameters']['eventType']}"
    else:
        assert (request["routeKey"], request["rawPath"]) == ("POST /webhooks", "/webhooks")


@pytest.mark.parametrize("file", BATCHES)
def test_a_batch_is_what_lambda_delivers(file: str, aws: Aws) -> None:
    """SQS itself gives the digests; queue, handler and region fit together."""
    sqs = aws.client("sqs")
    for record in read(file)["Records"]:
        queue = record["eventSourceARN"].rpartition("webhooks-events-")[2]
        assert f"{queue}Handler" == EXPECTED[file]["function"]
        assert record["eventSource"] == "aws:sqs"
        assert record["eventSourceARN"].split(":")[:4] == ["arn", "aws", "sqs", record["awsRegion"]]
        attributes = record["messageAttributes"]
        sent = sqs.send_message(
            QueueUrl=sqs.create_queue(QueueName="digests")["QueueUrl"],
            MessageBody=record["body"],
            MessageAttributes={
                name: {"DataType": value["dataType"], "StringValue": value["stringValue"]}
                for name, value in attributes.items()
            },
        )
        assert sent["MD5OfMessageBody"] == record["md5OfBody"]
        assert sent["MD5OfMessageAttributes"] == record["md5OfMessageAttributes"]


def test_message_ids_of_a_run_are_new_and_alike_in_all_files() -> None:
    """Else a second `make sam-local` on the same stack would be answered with duplicates."""
    created, again = (json.loads(fresh((EVENTS / "ingest" / name).read_text(), "0a")) for name in _SAME_EVENT)
    message_id = "x-directscale-message-id"
    assert created["headers"][message_id] == again["headers"][message_id]
    assert created["headers"][message_id] == read("ingest/CreateOrderEvent.json")["headers"][message_id] + "-0a"
    (record,) = json.loads(fresh((EVENTS / "handlers/CreateOrderEvent.json").read_text(), "0a"))["Records"]
    assert record["messageAttributes"]["MessageId"]["stringValue"] == created["headers"][message_id]
    assert record["messageAttributes"]["MessageId"]["stringValue"] == created["headers"][message_id]


def test_a_body_that_is_its_own_id_is_new_in_a_run_with_the_same_value() -> None:
    """The vendor's curl has no message id: only another body makes another event of it."""
    text = (EVENTS / "ingest/no-message-id.json").read_text()
    bodies = {body_of(json.loads(fresh(text, run))) for run in ("0a", "0b")} | {body_of(json.loads(text))}
    assert len(bodies) == 3
    assert len({body.strip() for body in bodies}) == 1


_SAME_EVENT = ("CreateOrderEvent.json", "duplicate.json")
