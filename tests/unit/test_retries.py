"""A failed event is retried by the schedule and then becomes a dead letter: through the handler, as time passes."""

from typing import Any

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from tests.contract.hooks import refuse_trouble, requests
from tests.unit.examples import CONTEXT, Context, event, order
from tests.unit.handler_env import HandlerEnv, raises
from webhooks.aws import clients
from webhooks.event import EventKey
from webhooks.handlers import DeadLetter, RetryLater
from webhooks.policy import LONGEST_DELAY, SCHEDULE, VISIBILITY_TIMEOUT
from webhooks.retries import DeadLettered, describe, next_step

ATTRIBUTES = {
    "MessageId": "m-1",
    "ClientId": "acme",
    "EventType": "CreateOrderEvent",
    "ReceivedAt": event().received_at,
}
"""Of the message of `event()`."""

BROKEN = raises(ValueError("no\u2028such\x00order"))
TWELVE_HOURS = 12 * 3600


def _delays(env: HandlerEnv, clock: time_machine.Traveller, handle: Any = BROKEN) -> list[int]:
    """Fail until the message is gone; returns the delays after each failure."""
    hidden = requests(clients.sqs(), "ChangeMessageVisibility")
    while env.left():
        assert env.dead_letters() == []
        assert env.work(handle) == 1
        clock.shift((hidden[-1]["VisibilityTimeout"] if hidden else 0) + VISIBILITY_TIMEOUT)
    return [change["VisibilityTimeout"] for change in hidden]


def _returns_after(env: HandlerEnv, clock: time_machine.Traveller, seconds: int) -> bool:
    """Whether the queue hides its message for exactly so long; moves the clock."""
    clock.shift(seconds - 0.5)
    early = env.batch()["Records"]
    clock.shift(1)
    return not early and len(env.batch()["Records"]) == 1


@pytest.mark.parametrize("known", [True, False])
def test_a_failing_event_goes_through_the_schedule(
    handler_env: HandlerEnv, clock: time_machine.Traveller, known: bool
) -> None:
    """Its failures are counted with the runs; if that is impossible, by the receives of the message."""
    handler_env.accept(event())
    if not known:
        refuse_trouble(clients.dynamodb())
    assert _delays(handler_env, clock) == list(SCHEDULE)
    failures = str(len(SCHEDULE) + 1)
    attributes = ATTRIBUTES | {"Reason": "ValueError: no such order", "Failures": failures}
    assert handler_env.dead_letters() == [('{"OrderNumber":1}', attributes)]
    assert [item["failures"]["N"] for item in handler_env.trouble()] == [failures] * known


def test_a_redrive_begins_the_schedule_anew(handler_env: HandlerEnv, clock: time_machine.Traveller) -> None:
    handler_env.accept(event())
    _delays(handler_env, clock)
    ((body, attributes),) = handler_env.dead_letters()
    clients.sqs().purge_queue(QueueUrl=handler_env.dead_letters_url)
    handler_env.put(body, **attributes)
    assert _delays(handler_env, clock, raises(ValueError("new"))) == list(SCHEDULE)
    ((_, attributes),) = handler_env.dead_letters()
    assert (attributes["Reason"], attributes["Failures"]) == ("ValueError: new", str(2 * len(SCHEDULE) + 2))


def test_each_failure_is_recorded(handler_env: HandlerEnv, clock: time_machine.Traveller) -> None:
    handler_env.accept(event(), order(2))
    records = handler_env.batch()["Records"][:1]
    stored = {
        "message_id": {"S": "m-1"},
        "client_and_type": {"S": "acme CreateOrderEvent"},
        "received_at": {"S": event().received_at},
        "trouble": {"S": "failing"},
    }
    errors = []
    for number, at in enumerate(("2026-11-24T12:00:00.0000000Z", "2026-11-24T12:05:00.0000000Z"), 1):
        BROKEN({"Records": records}, CONTEXT)
        errors.append({"M": {"at": {"S": at}, "error": {"S": "ValueError: no such order"}}})
        (failed,) = handler_env.trouble()
        assert failed.items() >= (stored | {"failures": {"N": str(number)}, "errors": {"L": errors}}).items()
        clock.shift(300)


@pytest.mark.parametrize(
    ("seconds", "delay"), [(90, 90), (LONGEST_DELAY, LONGEST_DELAY), (10**9, LONGEST_DELAY), (-1, 0)]
)
def test_a_handler_may_choose_the_delay(
    handler_env: HandlerEnv, clock: time_machine.Traveller, seconds: int, delay: int
) -> None:
    handler_env.accept(event())
    assert _delays(handler_env, clock, raises(RetryLater(seconds))) == [delay] * len(SCHEDULE)
    assert delay < TWELVE_HOURS, "SQS hides no message for longer"


def test_a_message_is_hidden_for_the_delay(handler_env: HandlerEnv, clock: time_machine.Traveller) -> None:
    handler_env.accept(event())
    handler_env.work(BROKEN)
    assert _returns_after(handler_env, clock, SCHEDULE[0])


def test_a_message_is_retried_without_the_inbox(handler_env: HandlerEnv, clock: time_machine.Traveller) -> None:
    handler_env.accept(event())
    clients.dynamodb().delete_table(TableName="InboxTable")
    assert handler_env.work(BROKEN) == 1
    assert _returns_after(handler_env, clock, SCHEDULE[0])


def test_an_undelayed_message_returns_by_the_queues_timeout(
    handler_env: HandlerEnv, clock: time_machine.Traveller
) -> None:
    handler_env.accept(event())
    (record,) = handler_env.batch()["Records"]
    assert BROKEN({"Records": [record | {"receiptHandle": "unknown"}]}, CONTEXT)["batchItemFailures"]
    assert _returns_after(handler_env, clock, VISIBILITY_TIMEOUT)


def test_a_deferred_message_has_not_failed(handler_env: HandlerEnv, clock: time_machine.Traveller) -> None:
    no_time = Context(1000)
    handler_env.accept(event())
    for _ in range(len(SCHEDULE) + 1):
        assert len(BROKEN(handler_env.batch(), no_time)["batchItemFailures"]) == 1
        clock.shift(0.1)
    assert handler_env.work(BROKEN) == 1
    assert handler_env.trouble()[0]["failures"] == {"N": "1"}
    assert handler_env.dead_letters() == []


@pytest.mark.usefixtures("clock")
def test_a_handler_may_give_up_at_once(handler_env: HandlerEnv) -> None:
    handler_env.accept(event())
    assert handler_env.work(raises(DeadLetter("no such order"))) == 1
    attributes = ATTRIBUTES | {"Reason": "no such order", "Failures": "1"}
    assert handler_env.dead_letters() == [('{"OrderNumber":1}', attributes)]
    assert handler_env.left() == 0
    assert handler_env.trouble()[0]["given_up_at"] == {"S": "2026-11-24T12:00:00.0000000Z"}


def test_a_misfitting_body_is_a_dead_letter(handler_env: HandlerEnv) -> None:
    body = '{"OrderNumber":"zoe-the-secret","CustomerId":[1]}'
    handler_env.accept(event(body))
    assert handler_env.work(BROKEN) == 1
    wrong = "Value error, not a whole number"
    reason = f"does not fit its model: OrderNumber: {wrong}; CustomerId: {wrong}"
    assert handler_env.dead_letters() == [(body, ATTRIBUTES | {"Reason": reason, "Failures": "1"})]
    assert handler_env.trouble()[0]["errors"]["L"][-1]["M"]["error"] == {"S": f"DeadLetter: {reason}"}


def test_any_other_message_is_a_dead_letter(handler_env: HandlerEnv) -> None:
    attributes = {f"Name{number}": "x" for number in range(10)}
    handler_env.put("anything", **attributes)
    assert handler_env.work(BROKEN) == 1
    ((body, given),) = handler_env.dead_letters()
    assert (body, len(given), handler_env.trouble()) == ("anything", 10, [])
    assert given["Reason"] == "not a message of ingest or relay: it lacks ClientId, EventType, MessageId, ReceivedAt"
    assert given.items() <= (attributes | {"Reason": given["Reason"], "Failures": "1"}).items()


def test_a_dead_letter_keeps_its_attributes(handler_env: HandlerEnv) -> None:
    full = event("", body_reference="bodies/1", user="u-7", event_date="2021")
    handler_env.publish(full, replay="r-1")
    clients.s3().put_object(Bucket=handler_env.bucket, Key="bodies/1", Body=b"{}")
    handler_env.work(BROKEN)
    ((body, attributes),) = handler_env.dead_letters()
    assert body == "{}"
    stated = {"User": "u-7", "EventDate": "2021", "BodyReference": "bodies/1", "Replay": "r-1", "Failures": "1"}
    assert attributes == ATTRIBUTES | stated | {"Reason": attributes["Reason"]}


def test_a_dead_letter_that_cannot_be_sent_stays(handler_env: HandlerEnv, clock: time_machine.Traveller) -> None:
    handler_env.accept(event("{}"), order(2))
    clients.sqs().delete_queue(QueueUrl=handler_env.dead_letters_url)
    records = handler_env.batch()["Records"][:1]
    failed = {"batchItemFailures": [{"itemIdentifier": records[0]["messageId"]}]}
    assert BROKEN({"Records": records}, CONTEXT) == failed
    clock.shift(VISIBILITY_TIMEOUT + 1)
    assert len(handler_env.batch()["Records"]) == 2


@given(st.text(), st.sampled_from([DeadLetter, ValueError]))
def test_any_reason_fits_an_attribute_of_sqs(text: str, kind: type[Exception]) -> None:
    step = next_step(kind(text), len(SCHEDULE) + 1)
    assert isinstance(step, DeadLettered)
    for reason in (step.reason, describe(kind(text))):
        assert 1 <= len(reason) <= 1000
        assert reason.isprintable()
        reason.encode()


def test_a_reason_is_cut_and_otherwise_unchanged() -> None:
    assert next_step(DeadLetter("  Zoë ☕\x00"), 1) == DeadLettered("  Zoë ☕ ")
    assert next_step(DeadLetter("x" * 5000), 1) == DeadLettered("x" * 1000)
    assert describe(ValueError("Zoë ☕ at 5\nand 6")) == "ValueError: Zoë ☕ at 5 and 6"


class _Untold(Exception):
    """An error without a text."""

    def __str__(self) -> str:
        raise KeyboardInterrupt


def test_an_error_without_a_text_has_a_name() -> None:
    assert describe(_Untold()) == "_Untold"
    assert next_step(DeadLetter(_Untold()), 1) == DeadLettered("DeadLetter")  # type: ignore[arg-type]


def test_only_a_replay_named_again_is_another_run() -> None:
    key = str(EventKey("m-1", "acme", "CreateOrderEvent"))
    runs = {replay: event(replay=replay).run_key for replay in ("", "r-1", "r-1-again")}
    assert runs == {"": key, "r-1": key, "r-1-again": f"{key}\nr-1-again"}
