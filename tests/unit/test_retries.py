import pytest
from hypothesis import given
from hypothesis import strategies as st

from webhooks.policy import SCHEDULE
from webhooks.retries import DeadLetter, DeadLettered, Retry, RetryLater, describe, next_step

MINUTE, HOUR = 60, 3600


def test_the_schedule_is_that_of_the_best_senders() -> None:
    assert SCHEDULE == (5, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 10 * HOUR)


@pytest.mark.parametrize("failures", range(1, 8))
def test_each_failure_has_its_wait(failures: int) -> None:
    assert next_step(ValueError(), failures) == Retry(SCHEDULE[failures - 1])


def test_the_eighth_failure_is_the_last() -> None:
    assert next_step(ValueError("x"), 8) == DeadLettered("ValueError: x")


def test_a_dead_letter_that_is_sent_again_goes_through_the_schedule_once_more() -> None:
    rulings = [next_step(ValueError(), failures) for failures in range(9, 17)]
    assert rulings == [*map(Retry, SCHEDULE), DeadLettered("ValueError")]


@pytest.mark.parametrize("failures", [1, 7])
@pytest.mark.parametrize(("asked", "seconds"), [(0, 0), (90, 90), (-1, 0), (10**9, 43_000)])
def test_a_handler_may_ask_for_another_wait(failures: int, asked: int, seconds: int) -> None:
    assert next_step(RetryLater(asked), failures) == Retry(seconds)


def test_a_handler_that_asks_to_be_called_again_for_ever_is_given_up_too() -> None:
    assert next_step(RetryLater(5), 8) == DeadLettered("RetryLater: again in 5 s")


@pytest.mark.parametrize("failures", [1, 3, 8, 9])
def test_a_handler_may_give_up_at_once(failures: int) -> None:
    assert next_step(DeadLetter("no such order"), failures) == DeadLettered("no such order")


def test_no_wait_is_longer_than_sqs_can_hide_a_message() -> None:
    assert max(*SCHEDULE, RetryLater(10**9).seconds) < 12 * HOUR


@given(st.text(), st.sampled_from([DeadLetter, ValueError]))
def test_what_is_told_of_an_error_can_stand_in_an_attribute_of_sqs(text: str, kind: type[Exception]) -> None:
    for reason in (describe(kind(text)), next_step(kind(text), 8)):
        said = reason.reason if isinstance(reason, DeadLettered) else str(reason)
        assert 1 <= len(said) <= 1000
        assert said.isprintable()
        said.encode()


def test_what_is_told_is_cut_to_what_leaves_room_for_the_event() -> None:
    assert len(describe(ValueError("x" * 5000))) == 1000
    assert next_step(DeadLetter("x" * 5000), 1) == DeadLettered("x" * 1000)


def test_a_reason_is_told_as_it_was_given() -> None:
    assert describe(ValueError("Zoë ☕ at 5\nand 6")) == "ValueError: Zoë ☕ at 5 and 6"
    assert describe(ValueError()) == "ValueError"
    assert next_step(DeadLetter("  Zoë ☕\x00"), 1) == DeadLettered("  Zoë ☕ ")
    assert next_step(DeadLetter(""), 1) == DeadLettered("DeadLetter")
