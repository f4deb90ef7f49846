"""How deliveries are sent: all of them, some at once, again where that may help, at the rate asked for."""

import random
import threading
import time
from collections.abc import Callable

import pytest

from webhooks_cli.endpoint import Answer, NoAnswer, Request
from webhooks_cli.sender import Sender, with_duplicates

OK = Answer(200, {}, {"status": "accepted"})
DELIVERIES = [Request({"number": str(number)}, b"{}") for number in range(20)]


class _Post:
    """Answers as scripted, one after the other; the last answer is repeated."""

    def __init__(self, *answers: Answer | NoAnswer) -> None:
        self.seen: list[Request] = []
        self._answers = list(answers)

    def __call__(self, request: Request) -> Answer:
        self.seen.append(request)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, NoAnswer):
            raise answer
        return answer


def _sender(post: Callable[[Request], Answer], at_once: int = 1, rate: float = 0.0) -> Sender[Request]:
    return Sender(post, at_once=at_once, rate=rate, tries=3, pause=0.0)


def test_every_delivery_is_sent_once_and_in_order() -> None:
    post = _Post(OK)
    sent = _sender(post).run(DELIVERIES)
    assert post.seen == DELIVERIES
    assert sent.last == [(request, OK) for request in DELIVERIES]
    assert sent.answers == {(200, "accepted"): 20}
    assert len(sent.seconds) == 20
    assert sent.refused == []


def test_as_many_as_told_are_under_way_at_once() -> None:
    together = threading.Barrier(3, timeout=10)

    def post(_: Request) -> Answer:
        together.wait()
        return OK

    assert len(_sender(post, at_once=3).run(DELIVERIES[:9]).last) == 9


@pytest.mark.parametrize(
    "trouble", [NoAnswer("timed out"), Answer(503, {}, {}), Answer(429, {}, {}), Answer(500, {}, {})]
)
def test_what_may_change_is_sent_again(trouble: Answer | NoAnswer) -> None:
    post = _Post(trouble, trouble, OK)
    sent = _sender(post).run(DELIVERIES[:1])
    assert post.seen == DELIVERIES[:1] * 3
    assert sent.last == [(DELIVERIES[0], OK)]
    assert sent.answers.total() == 3


def test_no_answer_counts_as_one_but_takes_no_time() -> None:
    sent = _sender(_Post(NoAnswer("timed out"))).run(DELIVERIES[:1])
    assert sent.answers == {(0, "no answer"): 3}
    assert sent.seconds == []
    ((request, answer),) = sent.refused
    assert (request, answer.body["reason"]) == (DELIVERIES[0], "timed out")


@pytest.mark.parametrize("status", [400, 401, 404, 413, 302])
def test_what_will_not_change_is_not_sent_again(status: int) -> None:
    post = _Post(Answer(status, {}, {}))
    sent = _sender(post).run(DELIVERIES[:2])
    assert post.seen == DELIVERIES[:2]
    assert len(sent.refused) == 2


def test_a_rate_spaces_the_deliveries() -> None:
    moments: list[float] = []

    def post(_: Request) -> Answer:
        moments.append(time.monotonic())
        return OK

    begun = time.monotonic()
    _sender(post, at_once=2, rate=50).run(DELIVERIES[:6])
    assert [moment - begun >= number / 50 for number, moment in enumerate(sorted(moments))] == [True] * 6


def test_an_interruption_leaves_what_was_sent_and_sends_no_more() -> None:
    def post(request: Request) -> Answer:
        if request is DELIVERIES[5]:
            raise KeyboardInterrupt
        return OK

    sender = _sender(post)
    with pytest.raises(KeyboardInterrupt):
        sender.run(DELIVERIES)
    assert [request for request, _ in sender.sent.last] == DELIVERIES[:5]


def test_a_share_comes_twice_at_the_end() -> None:
    dice = random.Random(7)  # noqa: S311 - repeatable on purpose
    all_of_them = with_duplicates(DELIVERIES, 0.25, dice)
    assert all_of_them[:20] == DELIVERIES
    again = all_of_them[20:]
    assert len(again) == 5
    assert len({request.headers["number"] for request in again}) == 5
