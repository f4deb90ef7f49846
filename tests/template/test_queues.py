"""The queues, and how they are handed to the handlers."""

import pytest

from tests.template.resources import resources
from webhooks.policy import SCHEDULE

FOURTEEN_DAYS = 14 * 24 * 3600
TWELVE_HOURS = 12 * 3600

QUEUES = resources("SQS::Queue")
QUEUE, DEAD_LETTERS = QUEUES["${EventType}Queue"], QUEUES["${EventType}DeadLetters"]
HANDLER = resources("Serverless::Function")["${EventType}Handler"]


def test_a_message_is_hidden_for_six_times_the_handlers_time_out() -> None:
    assert QUEUE["VisibilityTimeout"] >= 6 * HANDLER["Timeout"]


def test_a_message_has_five_chances_and_is_then_kept_for_fourteen_days() -> None:
    assert QUEUE["RedrivePolicy"]["maxReceiveCount"] >= 5
    assert DEAD_LETTERS["MessageRetentionPeriod"] == FOURTEEN_DAYS


def test_one_bad_message_does_not_fail_its_batch_and_a_burst_does_not_use_up_receives() -> None:
    source = HANDLER["Events"]["Queue"]["Properties"]
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert source["ScalingConfig"]["MaximumConcurrency"] >= 2
    assert source["BatchSize"] > 1
    assert "MaximumBatchingWindowInSeconds" not in source, "Lambda then waits up to 20 s on a quiet queue"


def test_the_retry_schedule_ends_before_sqs_gives_up() -> None:
    """Room for receives that are no failures: of a handler that is killed, or has no time left."""
    assert QUEUE["RedrivePolicy"]["maxReceiveCount"] >= 2 * (len(SCHEDULE) + 1)
    assert sum(SCHEDULE) < QUEUE["MessageRetentionPeriod"]
    assert max(SCHEDULE) < TWELVE_HOURS


@pytest.mark.parametrize("name", QUEUES)
def test_every_queue_is_encrypted(name: str) -> None:
    assert QUEUES[name]["SqsManagedSseEnabled"] is True


def test_every_queue_is_reached_over_tls_alone() -> None:
    (policy,) = resources("SQS::QueuePolicy").values()
    assert {queue["Fn::GetAtt"][0]["Fn::Sub"] for queue in policy["Queues"]} == set(QUEUES)
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
    assert (statement["Action"], statement["Resource"]) == ("sqs:*", "*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_dead_letters_come_from_their_own_queue_alone() -> None:
    allowed = DEAD_LETTERS["RedriveAllowPolicy"]
    assert allowed["redrivePermission"] == "byQueue"
    (source,) = allowed["sourceQueueArns"]
    assert source["Fn::Sub"].endswith(":" + QUEUE["QueueName"]["Fn::Sub"])
