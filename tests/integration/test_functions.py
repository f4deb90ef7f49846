"""Every file of events/ through the built functions, with the packages of the built layers and no others."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.integration.conftest import Aws, Functions
from tests.integration.test_files import BATCHES, REQUESTS, TYPES, body_of, read
from tools.local.stack import SAMPLE_TOKEN
from tools.sam_local import EXPECTED, expected, told

Message = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Run:
    """What all files led to: answers and records by file, messages by queue."""

    answers: dict[str, Any]
    records: dict[str, list[dict[str, Any]]]
    messages: dict[str, list[Message]]

    def message(self, queue: str, message_id: str) -> Message:
        """The one message of an event on its queue."""
        (found,) = [message for message in self.messages[queue] if _attributes(message)["MessageId"] == message_id]
        return found


@pytest.fixture(scope="module")
def run(functions: Functions, aws: Aws) -> Run:
    """All files once, in the order of expected.json."""
    answers, records = {}, {}
    for file, told_of_it in EXPECTED.items():
        answers[file] = functions.invoke(told_of_it["function"], read(file))
        records[file] = _take_records(aws)
    return Run(answers, records, {event_type: list(_take_messages(aws, event_type)) for event_type in TYPES})


def _take_records(aws: Aws) -> list[dict[str, Any]]:
    # Taken out after each file, so that what the next one writes is its own.
    client, table = aws.client("dynamodb"), aws.parameters["RECORDS_TABLE"]
    items: list[dict[str, Any]] = client.scan(TableName=table)["Items"]
    for item in items:
        client.delete_item(TableName=table, Key={"pk": item["pk"], "sk": item["sk"]})
    return items


def _take_messages(aws: Aws, event_type: str) -> list[Message]:
    url = aws.parameters["QUEUE_URL_PREFIX"] + event_type
    received: list[Message] = []
    while True:
        batch = aws.client("sqs").receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["All"], MessageAttributeNames=["All"]
        )
        if not batch.get("Messages"):
            return received
        received += batch["Messages"]


def _attributes(message: Message) -> dict[str, str]:
    return {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}


@pytest.mark.parametrize("file", EXPECTED)
def test_a_file_is_answered_as_expected(run: Run, file: str) -> None:
    """Status and outcome of ingest, ids of the failed messages of a handler."""
    assert told(run.answers[file]) == expected(file)


@pytest.mark.parametrize("file", REQUESTS)
def test_ingest_answers_json_in_the_form_that_api_gateway_takes(run: Run, file: str) -> None:
    """API Gateway makes an error 500 of anything else."""
    answer = run.answers[file]
    assert set(answer) == {"statusCode", "headers", "body"}
    assert answer["headers"]["Content-Type"] == "application/json"
    assert all(isinstance(value, str) for value in answer["headers"].values())
    assert isinstance(json.loads(answer["body"]), dict)


@pytest.mark.parametrize("event_type", TYPES)
def test_ingest_publishes_what_the_handlers_file_holds(run: Run, event_type: str) -> None:
    """So that the two sets of files cannot drift apart."""
    (record,) = read(f"handlers/{event_type}.json")["Records"]
    held = {name: value["stringValue"] for name, value in record["messageAttributes"].items()}
    message = run.message(event_type, held["MessageId"])
    published = _attributes(message)
    assert message["Body"] == record["body"]
    assert published | {"ReceivedAt": held["ReceivedAt"]} == held


def test_each_accepted_event_is_published_once_and_nothing_else_is(run: Run) -> None:
    """A duplicate or a refused delivery puts nothing on a queue."""
    accepted = [file for file in REQUESTS if EXPECTED[file]["outcome"] == "accepted"]
    assert sum(len(messages) for messages in run.messages.values()) == len(accepted)


@pytest.mark.parametrize(
    ("situation", "queue", "event_type"),
    [
        ("no-message-id", "CreateOrderPaymentEvent", "CreateOrderPaymentEvent"),
        ("type-in-path", "OrderEvent", "OrderEvent"),
        ("numeric-type", "UpdateAssociateEvent", "UpdateAssociateEvent"),
        ("unknown-type", "CustomEvent", "CancelOrderEvent.v2"),
        ("base64", "CreateOrderEvent", "CreateOrderEvent"),
        ("CustomEvent", "CustomEvent", "acme.LoyaltyPointsAwarded"),
    ],
)
def test_an_event_goes_to_the_queue_of_its_type(run: Run, situation: str, queue: str, event_type: str) -> None:
    """However the type is told; without a queue of its own it goes to CustomEvent, under its own name."""
    answer = json.loads(run.answers[f"ingest/{situation}.json"]["body"])
    message = run.message(queue, answer["messageId"])
    assert answer["eventType"] == _attributes(message)["EventType"] == event_type
    sent = body_of(read(f"ingest/{situation}.json")).decode()
    assert message["Body"] == sent.replace(",\n}", " \n}")


@pytest.mark.parametrize("file", BATCHES)
def test_a_handler_keeps_the_record_of_its_event(run: Run, file: str) -> None:
    """One record for each message that did not fail, under its own key."""
    kept = run.records[file]
    assert sorted(f"{item['pk']['S']} {item['sk']['S']}" for item in kept) == EXPECTED[file]["records"]
    types = {record["messageAttributes"]["EventType"]["stringValue"] for record in read(file)["Records"]}
    assert {item["event_type"]["S"] for item in kept} == types


def test_the_poison_record_of_the_mixed_batch_is_a_dead_letter(run: Run, aws: Aws) -> None:
    """With the reason beside it, and its neighbours handled."""
    assert told(run.answers["handlers/mixed-batch.json"]) == {"failed": []}
    url = aws.parameters["DEAD_LETTERS_URL_PREFIX"] + "CreateOrderPaymentEvent"
    received = aws.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
    (letter,) = received["Messages"]
    assert _attributes(letter)["Reason"].startswith("does not fit its model: ")
    assert "not a number" not in _attributes(letter)["Reason"]


@pytest.mark.parametrize("file", REQUESTS)
def test_ingest_keeps_no_record(run: Run, file: str) -> None:
    """That is the handlers' work."""
    assert run.records[file] == []


def test_each_decision_is_one_log_line_with_neither_token_nor_content(run: Run, log: Path) -> None:
    """The log of the whole run. Keys and ids may stand in it, what was sent may not."""
    logged = log.read_text()
    lines = [json.loads(line) for line in logged.splitlines()]
    decisions = [line["message"] for line in lines if line.get("service") == "ingest" and "message" in line]
    assert decisions == [told(run.answers[file])["outcome"] for file in REQUESTS]
    for sent in (SAMPLE_TOKEN, "not-a-token-that-is-accepted", "jdoe", "example.com", "not a number", "1Z999AA1"):
        assert sent in "".join(json.dumps(read(file)) for file in EXPECTED)
        assert sent not in logged
