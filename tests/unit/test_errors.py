import pytest

from webhooks.errors import BadToken, MalformedDelivery, Refused, TooLarge, Unavailable


@pytest.mark.parametrize(
    ("refused", "status", "headers", "body"),
    [
        (
            BadToken(),
            401,
            {"WWW-Authenticate": "Bearer"},
            {"status": "unauthorized", "reason": "a valid bearer token is required"},
        ),
        (MalformedDelivery("why"), 400, {}, {"status": "rejected", "reason": "why"}),
        (MalformedDelivery("why", 0), 400, {}, {"status": "rejected", "reason": "why", "position": 0}),
        (
            TooLarge(10),
            413,
            {},
            {"status": "too large", "reason": "the body is larger than 10 bytes", "limit": 10},
        ),
        (
            Unavailable("the inbox"),
            503,
            {"Retry-After": "5"},
            {"status": "unavailable", "reason": "the inbox cannot be reached; send the event again"},
        ),
    ],
)
def test_each_refusal_knows_its_answer(
    refused: Refused, status: int, headers: dict[str, str], body: dict[str, object]
) -> None:
    assert (refused.status, refused.headers, refused.body()) == (status, headers, body)
