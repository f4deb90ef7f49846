"""What is posted is what arrives, and whatever comes back is an answer or the reason why there is none."""

import socket

import pytest

from tests.cli.receiver import receiver
from webhooks_cli.endpoint import Endpoint, NoAnswer, Request

REQUEST = Request({"Content-Type": "application/json; charset=UTF-8", "X-Some": "a!%$^@b"}, b'{"a":1,}', "/hooks/A?b=1")


def test_headers_body_and_path_arrive_to_the_byte() -> None:
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
        (502, b"<html>", "bad gateway"),
        (599, b"\xff", ""),
    ],
)
def test_any_answer_has_a_status_and_an_outcome(status: int, body: bytes, outcome: str) -> None:
    with receiver(lambda _: (status, body)) as server, Endpoint(server.url) as endpoint:
        answer = endpoint.post(REQUEST)
    assert (answer.status, answer.outcome) == (status, outcome)
    assert len(server.requests) == 1, "nothing is followed"


def test_no_server_is_no_answer() -> None:
    with socket.socket() as never_listens:
        never_listens.bind(("127.0.0.1", 0))
        port = never_listens.getsockname()[1]
        with Endpoint(f"http://127.0.0.1:{port}") as endpoint, pytest.raises(NoAnswer, match="refused"):
            endpoint.post(REQUEST)


def test_https_is_spoken_where_the_url_says_so() -> None:
    """A server that does not speak it is no answer, and never sees the token."""
    with receiver() as server, Endpoint(server.url.replace("http:", "https:")) as endpoint, pytest.raises(NoAnswer):
        endpoint.post(REQUEST.with_token("secret"))
    assert server.requests == []
