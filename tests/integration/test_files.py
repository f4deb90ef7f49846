"""The files of events/, compared with each other and with the documentation of the vendor and of AWS."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.integration.conftest import Aws
from tools.demo import vendor_request
from tools.local.stack import SAMPLE_TOKEN
from tools.sam_local import EVENTS, EXPECTED, chosen, fresh
from tools.template import event_types
from webhooks.policy import BODY_LIMIT

REQUESTS = [file for file in EXPECTED if file.startswith("ingest/")]
BATCHES = [file for file in EXPECTED if file.startswith("handlers/")]
TYPES = event_types()


def read(file: str) -> Any:
    """One file of events/."""
    return json.loads((EVENTS / file).read_text())


def body_of(request: dict[str, Any]) -> bytes:
    """The body as the sender posted it."""
    body: str = request["body"]
    return base64.b64decode(body) if request["isBase64Encoded"] else body.encode()


def test_each_file_has_an_expected_answer() -> None:
    found = {str(file.relative_to(EVENTS)) for folder in ("ingest", "handlers") for file in (EVENTS / folder).iterdir()}
    assert found == set(EXPECTED)


def test_each_type_has_a_request_and_a_batch() -> None:
    assert {f"ingest/{name}.json" for name in TYPES} <= set(REQUESTS)
    assert {f"handlers/{name}.json" for name in TYPES} <= set(BATCHES)


@pytest.mark.parametrize("sample", sorted((EVENTS / "samples").iterdir()), ids=lambda sample: sample.stem)
def test_a_body_is_the_vendors_sample(sample: Any) -> None:
    """Byte for byte, trailing comma included."""
    assert read(f"ingest/{sample.stem}.json")["body"] == sample.read_text().removesuffix("\n")


def test_a_request_is_the_vendors_curl() -> None:
    """Byte for byte, with the two documented headers and none of DirectScale's own."""
    request, curl = read("ingest/no-message-id.json"), vendor_request().with_token(SAMPLE_TOKEN)
    assert body_of(request) == curl.body
    assert {name: request["headers"][name.lower()] for name in curl.headers} == curl.headers
    assert not [name for name in request["headers"] if name.startswith("x-directscale")]


def test_a_request_is_one_byte_too_large() -> None:
    assert len(body_of(read("ingest/too-large.json"))) == BODY_LIMIT + 1


@pytest.mark.parametrize("file", REQUESTS)
def test_a_request_has_the_form_of_api_gateway(file: str) -> None:
    """Payload format 2.0, whose repeated values agree."""
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
def test_a_batch_has_the_form_of_sqs(file: str, aws: Aws) -> None:
    """Its digests are those of SQS; its queue, handler and region agree."""
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


def test_a_run_has_its_own_message_ids() -> None:
    """Otherwise a second `make sam-local` on the same stack would get duplicates only."""
    request, duplicate, batch = (
        json.loads(fresh((EVENTS / file).read_text(), "0a"))
        for file in ("ingest/CreateOrderEvent.json", "ingest/duplicate.json", "handlers/CreateOrderEvent.json")
    )
    message_id = read("ingest/CreateOrderEvent.json")["headers"]["x-directscale-message-id"] + "-0a"
    assert request["headers"]["x-directscale-message-id"] == message_id
    assert duplicate["headers"]["x-directscale-message-id"] == message_id
    assert batch["Records"][0]["messageAttributes"]["MessageId"]["stringValue"] == message_id


def test_a_body_without_message_id_differs_by_run() -> None:
    """The digest of the body is its id."""
    text = (EVENTS / "ingest/no-message-id.json").read_text()
    bodies = {body_of(json.loads(fresh(text, run))) for run in ("0a", "0b")} | {body_of(json.loads(text))}
    assert len(bodies) == 3
    assert len({body.strip() for body in bodies}) == 1


def test_undeployed_handlers_files_are_skipped() -> None:
    batches = {file for file in chosen([], ["DailyEvent", "CustomEvent"]) if file.startswith("handlers/")}
    assert batches == {"handlers/DailyEvent.json", "handlers/CustomEvent.json"}
    assert chosen(["handlers/OrderEvent.json"], ["CustomEvent"]) == []
    assert chosen(REQUESTS, ["CustomEvent"]) == REQUESTS
