"""Sending deliveries: what is posted is what arrives, and some answers lead to a retry."""

import random
import socket
import threading
import time
from collections.abc import Callable

import pytest

from tests.cli.receiver import receiver
from webhooks_cli.operations.endpoint import Answer, Endpoint, NoAnswer, Request, Sender, with_duplicates

REQUEST = Request({"Content-Type": "application/json; charset=UTF-8", "X-Some": "a!%$^@b"}, b'{"a":1,}', "/hooks/A?b=1")
OK = Answer(200, {}, {"status": "accepted"})
DELIVERIES = [Request({"number": str(number)}, b"{}") for number in range(20)]


def test_a_request_arrives_byte_for_byte() -> None:
    with receiver() as server, Endpoint(server.url) as endpoint:
        answer = endpoint.post(REQUEST)
    (arrived,) = server.requests
    assert (arrived.body, arrived.path) == (REQUEST.body, REQUEST.path)
    assert REQUEST.headers.items() <= arrived.headers.items()
    assert (answer.status, answer.headers["x-seen"], answer.body) == (200, "yes", {"status": "accepted"})


def test_an_address_is_reached_as_it_is() -> None:
    """The server listens on 127.0.0.1 alone."""
    with receiver() as server:
        elsewhere = server.url.replace("127.0.0.1", "127.0.0.2")
        with Endpoint(elsewhere) as endpoint, pytest.raises(NoAnswer):
            endpoint.post(REQUEST)
    assert server.requests == []


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (200, b'{"status":"duplicate"}', "duplicate"),
        (404, b'{"message":"Not Found"}', "not found"),
        (302, b"", "found"),
        (200, b"[1]", "ok"),
        (599, b"\xff", ""),
    ],
)
def test_any_answer_has_an_outcome(status: int, body: bytes, outcome: str) -> None:
    with receiver(lambda _: (status, body)) as server, Endpoint(server.url) as endpoint:
        answer = endpoint.post(REQUEST)
    assert (answer.status, answer.outcome) == (status, outcome)
    assert len(server.requests) == 1, "no redirect is followed"


def test_no_server_is_no_answer() -> None:
    with socket.socket() as never_listens:
        never_listens.bind(("127.0.0.1", 0))
        port = never_listens.getsockname()[1]
        with Endpoint(f"http://127.0.0.1:{port}") as endpoint, pytest.raises(NoAnswer, match="refused"):
            endpoint.post(REQUEST)


def test_https_never_falls_back_to_http() -> None:
    with receiver() as server, Endpoint(server.url.replace("http:", "https:")) as endpoint, pytest.raises(NoAnswer):
        endpoint.post(REQUEST.with_token("secret"))
    assert server.requests == []


class _Post:
    """Scripted answers, of which the last one is repeated."""

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


def test_every_delivery_is_sent_once_in_order() -> None:
    post = _Post(OK)
    sent = _sender(post).run(DELIVERIES)
    assert (post.seen, sent.refused) == (DELIVERIES, [])
    assert sent.last == [(request, OK) for request in DELIVERIES]
    assert (sent.answers, len(sent.seconds)) == ({(200, "accepted"): 20}, 20)


def test_several_deliveries_are_in_progress_at_once() -> None:
    together = threading.Barrier(3, timeout=10)

    def post(_: Request) -> Answer:
        together.wait()
        return OK

    assert len(_sender(post, at_once=3).run(DELIVERIES[:9]).last) == 9


@pytest.mark.parametrize("first", [NoAnswer("timed out"), Answer(503, {}, {}), Answer(429, {}, {})])
def test_what_may_succeed_later_is_retried(first: Answer | NoAnswer) -> None:
    sent = _sender(_Post(first, first, OK)).run(DELIVERIES[:1])
    assert (sent.last, sent.answers.total()) == ([(DELIVERIES[0], OK)], 3)


@pytest.mark.parametrize("status", [400, 401, 413, 302])
def test_a_final_answer_is_not_retried(status: int) -> None:
    post = _Post(Answer(status, {}, {}))
    assert len(_sender(post).run(DELIVERIES[:2]).refused) == len(post.seen) == 2


def test_the_rate_spaces_deliveries() -> None:
    moments: list[float] = []

    def post(_: Request) -> Answer:
        moments.append(time.monotonic())
        return OK

    begun = time.monotonic()
    _sender(post, at_once=2, rate=50).run(DELIVERIES[:6])
    assert all(moment - begun >= number / 50 for number, moment in enumerate(sorted(moments)))


def test_an_interrupted_run_reports_what_was_sent() -> None:
    def post(request: Request) -> Answer:
        if request is DELIVERIES[5]:
            raise KeyboardInterrupt
        return OK

    sender = _sender(post)
    with pytest.raises(KeyboardInterrupt):
        sender.run(DELIVERIES)
    assert [request for request, _ in sender.sent.last] == DELIVERIES[:5]


def test_duplicates_come_at_the_end() -> None:
    planned = with_duplicates(DELIVERIES, 0.25, random.Random(7))  # noqa: S311 - repeatable on purpose
    assert planned[:20] == DELIVERIES
    assert len({request.headers["number"] for request in planned[20:]}) == 5
