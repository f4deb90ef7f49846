"""Every file of events/ through the built functions, with the packages of the built layers only."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.integration.conftest import Aws, Functions
from tests.integration.test_files import BATCHES, TYPES, read
from tools.sam_local import EXPECTED, expected, summary


@dataclass(frozen=True, slots=True)
class Run:
    """What all files led to: answers and records by file, messages by queue."""

    answers: dict[str, Any]
    records: dict[str, list[dict[str, Any]]]
    messages: dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def run(functions: Functions, aws: Aws) -> Run:
    """All files once, in the order of expected.json."""
    answers, records = {}, {}
    for file, right in EXPECTED.items():
        answers[file] = functions.invoke(right["function"], read(file))
        records[file] = _take_records(aws)
    return Run(answers, records, {event_type: _take_messages(aws, event_type) for event_type in TYPES})


@pytest.mark.parametrize("file", EXPECTED)
def test_a_file_has_its_expected_answer(run: Run, file: str) -> None:
    assert summary(run.answers[file]) == expected(file)


@pytest.mark.parametrize("event_type", TYPES)
def test_the_batch_is_what_ingest_publishes(run: Run, event_type: str) -> None:
    """The files in ingest/ and handlers/ cannot drift apart."""
    (record,) = read(f"handlers/{event_type}.json")["Records"]
    attributes = {name: value["stringValue"] for name, value in record["messageAttributes"].items()}
    (published,) = (
        message
        for message in run.messages[event_type]
        if message["MessageAttributes"]["MessageId"]["StringValue"] == attributes["MessageId"]
    )
    assert published["Body"] == record["body"]
    sent = {name: value["StringValue"] for name, value in published["MessageAttributes"].items()}
    assert sent | {"ReceivedAt": attributes["ReceivedAt"]} == attributes


def test_each_accepted_event_is_published_once(run: Run) -> None:
    accepted = [file for file, right in EXPECTED.items() if right.get("outcome") == "accepted"]
    assert sum(len(messages) for messages in run.messages.values()) == len(accepted)


@pytest.mark.parametrize("file", BATCHES)
def test_a_handler_saves_the_records_of_its_batch(run: Run, file: str) -> None:
    saved = run.records[file]
    assert sorted(f"{item['pk']['S']} {item['sk']['S']}" for item in saved) == EXPECTED[file]["records"]
    types = {record["messageAttributes"]["EventType"]["stringValue"] for record in read(file)["Records"]}
    assert {item["event_type"]["S"] for item in saved} == types


def test_a_malformed_event_is_a_dead_letter(run: Run, aws: Aws) -> None:
    """The others of its batch are handled."""
    assert run.answers["handlers/mixed-batch.json"] == {"batchItemFailures": []}
    url = aws.parameters["DEAD_LETTERS_URL_PREFIX"] + "CreateOrderPaymentEvent"
    (letter,) = aws.client("sqs").receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"]
    assert letter["MessageAttributes"]["Reason"]["StringValue"].startswith("does not fit its model: ")


def _take_records(aws: Aws) -> list[dict[str, Any]]:
    """Delete and return all records, so that the next file starts with none."""
    client, table = aws.client("dynamodb"), aws.parameters["RECORDS_TABLE"]
    items: list[dict[str, Any]] = client.scan(TableName=table)["Items"]
    for item in items:
        client.delete_item(TableName=table, Key={"pk": item["pk"], "sk": item["sk"]})
    return items


def _take_messages(aws: Aws, event_type: str) -> list[dict[str, Any]]:
    url = aws.parameters["QUEUE_URL_PREFIX"] + event_type
    received: list[dict[str, Any]] = []
    while (
        batch := aws.client("sqs")
        .receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
        .get("Messages")
    ):
        received += batch
    return received
