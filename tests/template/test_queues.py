"""Queues and how the handlers read them."""

import json

import pytest

from tests.template.expanded import of_kind, with_other_parameters

QUEUES = of_kind("SQS::Queue")
DEAD_LETTERS = {name for name in QUEUES if name.endswith("DeadLetters")}
HANDLERS = {name.removesuffix("Handler"): body for name, body in of_kind("Lambda::Function").items()}
SOURCES = of_kind("Lambda::EventSourceMapping")
_SOURCE = "AWS::Lambda::EventSourceMapping"


@pytest.mark.parametrize("queue", QUEUES.keys() - DEAD_LETTERS)
def test_visibility_is_six_times_the_timeout(queue: str) -> None:
    """As AWS asks. functions/handlers/settings.yaml may set both."""
    assert QUEUES[queue]["VisibilityTimeout"] >= 6 * HANDLERS[queue.removesuffix("Queue")]["Timeout"]


@pytest.mark.parametrize("queue", QUEUES)
def test_a_queue_is_encrypted(queue: str) -> None:
    assert QUEUES[queue]["SqsManagedSseEnabled"] is True


def test_every_queue_requires_tls() -> None:
    covered = set()
    for policy in of_kind("SQS::QueuePolicy").values():
        (statement,) = policy["PolicyDocument"]["Statement"]
        assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
        assert (statement["Action"], statement["Resource"]) == ("sqs:*", "*")
        assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        covered |= {queue["Fn::GetAtt"][0] for queue in policy["Queues"]}
    assert covered == set(QUEUES)


@pytest.mark.parametrize("queue", DEAD_LETTERS)
def test_dead_letters_come_from_their_own_queue(queue: str) -> None:
    allowed = QUEUES[queue]["RedriveAllowPolicy"]
    source = QUEUES[queue.replace("DeadLetters", "Queue")]
    assert allowed["redrivePermission"] == "byQueue"
    assert [arn.rpartition(":")[2] for arn in allowed["sourceQueueArns"]] == [source["QueueName"]]
    assert source["RedrivePolicy"]["deadLetterTargetArn"] == {"Fn::GetAtt": [queue, "Arn"]}


@pytest.mark.parametrize("source", SOURCES)
def test_a_bad_message_does_not_fail_its_batch(source: str) -> None:
    assert SOURCES[source]["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


@pytest.mark.parametrize("source", SOURCES)
def test_a_quiet_queue_is_not_stored_waiting(source: str) -> None:
    """With a batching window Lambda may wait up to 20 s."""
    assert "MaximumBatchingWindowInSeconds" not in SOURCES[source]


def test_the_limit_of_concurrency_can_be_removed() -> None:
    others = [each["Properties"] for each in with_other_parameters().values() if each["Type"] == _SOURCE]
    assert {json.dumps(source["ScalingConfig"]) for source in SOURCES.values()} == {'{"MaximumConcurrency": 10}'}
    assert others
    assert all(source["ScalingConfig"] == {} for source in others)
