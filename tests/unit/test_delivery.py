import base64

import pytest

from tests.unit.examples import delivery, request
from webhooks.delivery import Delivery
from webhooks.errors import MalformedDelivery, TooLarge
from webhooks.policy import BODY_LIMIT


@pytest.mark.parametrize("sent", ["Authorization", "authorization", "AUTHORIZATION", "aUTHORIZATION"])
@pytest.mark.parametrize("asked", ["Authorization", "authorization", "AUTHORIZATION"])
def test_a_header_is_found_in_any_case(sent: str, asked: str) -> None:
    assert delivery(**{sent: "Bearer x"}).header(asked) == "Bearer x"


def test_an_absent_header_is_empty() -> None:
    assert delivery().header("Authorization") == ""


@pytest.mark.parametrize("value", ["Bearer a%2Bb", " Bearer x ", "Bearer é", ""])
def test_a_header_is_as_it_was_sent(value: str) -> None:
    assert delivery(Authorization=value).header("Authorization") == value


@pytest.mark.parametrize("body", ["{}", "", '{"Name":"Zoë ☕"}', '{"a":1,\r\n}'])
def test_plain_and_base64_bodies_are_the_same_bytes(body: str) -> None:
    encoded = base64.b64encode(body.encode()).decode()
    assert Delivery.from_request(request(body)).content() == body.encode()
    assert Delivery.from_request(request(encoded) | {"isBase64Encoded": True}).content() == body.encode()


@pytest.mark.parametrize("bare", [{}, {"headers": None, "body": None, "pathParameters": None}, {"pathParameters": {}}])
def test_absent_parts_are_empty(bare: dict[str, None]) -> None:
    assert Delivery.from_request(bare) == Delivery({}, "", is_base64=False, path_type="")


def test_the_path_may_tell_the_type() -> None:
    assert delivery(path_type="DailyEvent").path_type == "DailyEvent"
    assert delivery().path_type == ""


@pytest.mark.parametrize("is_base64", [True, False])
def test_a_body_of_the_limit_is_taken_and_one_byte_more_is_too_large(is_base64: bool) -> None:
    def of(size: int) -> Delivery:
        content = b"x" * size
        return Delivery({}, (base64.b64encode(content) if is_base64 else content).decode(), is_base64, "")

    assert len(of(BODY_LIMIT).content()) == BODY_LIMIT
    with pytest.raises(TooLarge) as refused:
        of(BODY_LIMIT + 1).content()
    assert refused.value.limit == BODY_LIMIT


def test_the_limit_counts_bytes_not_characters() -> None:
    with pytest.raises(TooLarge):
        delivery("é" * (BODY_LIMIT // 2 + 1)).content()


@pytest.mark.parametrize(("body", "is_base64"), [("A", True), ("AAAAA", True), ("é", True), ("\ud800", False)])
def test_a_body_that_is_not_properly_encoded_is_not_understood(body: str, is_base64: bool) -> None:
    with pytest.raises(MalformedDelivery, match="not properly encoded"):
        Delivery({}, body, is_base64, "").content()
