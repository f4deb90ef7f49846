"""When a failed event is tried again: through the handler, on a queue of its own, as time passes."""

from types import SimpleNamespace

import pytest
import time_machine

from tests.contract.hooks import requests
from tests.unit.examples import CONTEXT, event
from tests.unit.failing import ATTRIBUTES, BROKEN, raises
from tests.unit.workplace import HIDDEN_SECONDS, Workplace
from webhooks.aws import clients
from webhooks.event import EventKey
from webhooks.policy import SCHEDULE
from webhooks.retries import DeadLetter, RetryLater


def _comes_back_after(workplace: Workplace, clock: time_machine.Traveller, seconds: int) -> bool:
    """Let so much time pass, and a little more; False if the message that was just hidden was handed out before."""
    clock.shift(seconds - 0.5)
    early = workplace.batch()["Records"]
    clock.shift(1)
    return not early


def test_a_handler_that_goes_on_failing_is_called_as_the_schedule_says_and_then_given_up(
    workplace: Workplace, clock: time_machine.Traveller
) -> None:
    hidden = requests(clients.sqs(), "ChangeMessageVisibility")
    workplace.accept(event())
    for seconds in SCHEDULE:
        assert workplace.work(BROKEN) == 1
        assert workplace.dead_letters() == []
        clock.shift(seconds + HIDDEN_SECONDS)
    assert [change["VisibilityTimeout"] for change in hidden] == list(SCHEDULE)
    assert workplace.work(BROKEN) == 1
    assert workplace.left() == 0
    told = {"Reason": "ValueError: no such order", "Failures": "8"}
    assert workplace.dead_letters() == [('{"OrderNumber":1}', ATTRIBUTES | told)]


def test_between_two_calls_the_message_is_hidden_and_no_longer(
    workplace: Workplace, clock: time_machine.Traveller
) -> None:
    workplace.accept(event())
    # As far as moto goes: it counts the 12 h that a message can be hidden from when it was sent, SQS from its receipt.
    for seconds in SCHEDULE[:5]:
        assert workplace.work(BROKEN) == 1
        assert _comes_back_after(workplace, clock, seconds)


def test_each_failure_is_noted_with_the_event(workplace: Workplace, clock: time_machine.Traveller) -> None:
    workplace.accept(event())
    before = workplace.items()[0]
    errors = []
    for number, at in enumerate(("2026-11-24T12:00:00.0000000Z", "2026-11-24T12:05:00.0000000Z"), 1):
        workplace.work(BROKEN)
        errors.append({"M": {"at": {"S": at}, "error": {"S": "ValueError: no such order"}}})
        assert workplace.items() == [before | {"failures": {"N": str(number)}, "errors": {"L": errors}}]
        clock.shift(300)


@pytest.mark.usefixtures("clock")
def test_when_it_was_given_up_is_noted_with_the_event(workplace: Workplace) -> None:
    workplace.accept(event())
    workplace.work(raises(DeadLetter("of no use")))
    assert workplace.items()[0]["given_up_at"] == {"S": "2026-11-24T12:00:00.0000000Z"}


@pytest.mark.parametrize("seconds", [1, 90, 43_000])
def test_a_handler_may_say_when_it_is_called_again(
    workplace: Workplace, clock: time_machine.Traveller, seconds: int
) -> None:
    workplace.accept(event())
    workplace.work(raises(RetryLater(seconds)))
    assert _comes_back_after(workplace, clock, seconds)
    assert len(workplace.batch()["Records"]) == 1


def test_where_the_event_is_gone_its_receipts_count_and_no_stub_of_it_is_left(
    workplace: Workplace, clock: time_machine.Traveller
) -> None:
    workplace.publish(event())
    for seconds in SCHEDULE:
        assert workplace.work(BROKEN) == 1
        clock.shift(seconds + HIDDEN_SECONDS)
    assert workplace.work(BROKEN) == 1
    assert workplace.items() == []
    assert [attributes["Failures"] for _, attributes in workplace.dead_letters()] == ["8"]


def test_where_the_inbox_cannot_be_reached_the_message_is_tried_again_all_the_same(
    workplace: Workplace, clock: time_machine.Traveller
) -> None:
    workplace.accept(event())
    clients.dynamodb().delete_table(TableName="InboxTable")
    assert workplace.work(BROKEN) == 1
    assert _comes_back_after(workplace, clock, SCHEDULE[0])
    assert len(workplace.batch()["Records"]) == 1


def test_where_a_message_cannot_be_hidden_the_queues_own_time_holds(
    workplace: Workplace, clock: time_machine.Traveller
) -> None:
    workplace.accept(event())
    told = workplace.batch()
    unhideable = {"Records": [told["Records"][0] | {"receiptHandle": "unknown"}]}
    assert len(BROKEN(unhideable, CONTEXT)["batchItemFailures"]) == 1
    assert _comes_back_after(workplace, clock, HIDDEN_SECONDS)
    assert len(workplace.batch()["Records"]) == 1


def test_a_failure_is_never_noted_with_another_event(workplace: Workplace) -> None:
    other = event(key=EventKey("m-2", "acme", "CreateOrderEvent"))
    workplace.accept(event(), other)
    told = workplace.batch()
    BROKEN({"Records": told["Records"][:1]}, CONTEXT)
    assert [item["message_id"]["S"] for item in workplace.items() if "failures" in item] == ["m-1"]


def test_what_was_put_off_does_not_count_as_a_failure(workplace: Workplace, clock: time_machine.Traveller) -> None:
    no_time = SimpleNamespace(get_remaining_time_in_millis=lambda: 1000)
    workplace.accept(event())
    for _ in range(3):
        assert len(BROKEN(workplace.batch(), no_time)["batchItemFailures"]) == 1
        clock.shift(0.1)
    (record,) = workplace.batch()["Records"]
    assert record["attributes"]["ApproximateReceiveCount"] == "4"
    BROKEN({"Records": [record]}, CONTEXT)
    assert workplace.items()[0]["failures"] == {"N": "1"}
    assert _comes_back_after(workplace, clock, SCHEDULE[0])
    assert len(workplace.batch()["Records"]) == 1
