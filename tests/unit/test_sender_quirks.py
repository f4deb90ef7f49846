"""What real senders and attackers send: nothing answered 200 is lost, nothing is mangled."""

import base64
import gzip
import json
import zlib
from hashlib import sha256
from typing import Any

import pytest

from tests.unit.endpoint import Endpoint
from tests.unit.examples import event
from webhooks.event import EventKey

BODY = '{"EventType":"CreateOrderEvent","OrderNumber":1}'
ZERO = "00000000-0000-0000-0000-000000000000"


def _id(answer: dict[str, Any]) -> str:
    assert answer["statusCode"] == 200, answer
    return str(answer["body"]["messageId"])


def _post_bytes(endpoint: Endpoint, content: bytes, **headers: str) -> dict[str, Any]:
    request = endpoint.request(base64.b64encode(content).decode(), **headers)
    return endpoint.handle(request | {"isBase64Encoded": True})


# ---- identity


@pytest.mark.parametrize(
    "placeholder",
    [
        *(ZERO, f"{{{ZERO}}}", ZERO.replace("-", ""), "null", "NULL", "(null)", "None", "undefined", "nil", "NaN"),
        *("N/A", "0", "-", '""', "ffffffff-ffff-ffff-ffff-ffffffffffff", " ", "unknown", "string", "[object Object]"),
    ],
)
def test_a_placeholder_is_no_message_id(endpoint: Endpoint, placeholder: str) -> None:
    ids = {_id(endpoint.post(BODY.replace("1}", f"{n}}}"), X_Directscale_Message_Id=placeholder)) for n in (1, 2)}
    assert ids == {f"sha256:{sha256(BODY.replace('1}', f'{n}}}').encode()).hexdigest()}" for n in (1, 2)}


@pytest.mark.parametrize("stated", ["", "sha256:", "id:"])
def test_nobody_can_claim_a_foreseeable_event(endpoint: Endpoint, stated: str) -> None:
    digest = sha256(BODY.encode()).hexdigest()
    claimed = stated + (digest if stated else BODY)
    attack = endpoint.post('{"EventType":"CreateOrderEvent","OrderNumber":9}', X_Directscale_Message_Id=claimed)
    genuine = endpoint.handle(
        endpoint.request(BODY) | {"headers": {"authorization": endpoint.request(BODY)["headers"]["Authorization"]}}
    )
    assert _id(attack) != _id(genuine)
    assert genuine["body"]["status"] == "accepted"


def test_an_id_may_be_sent_twice(endpoint: Endpoint) -> None:
    assert _id(endpoint.post(BODY, X_Directscale_Message_Id="m-1, m-1")) == "m-1"
    assert _id(endpoint.post(BODY, X_Directscale_Message_Id="m-1,m-2")) not in {"m-1", "m-2"}


def test_a_replay_has_its_own_run_key() -> None:
    replayed = event(key=EventKey("m-1", "acme", "Order"), replay="20261128-1-again")
    twin = event(key=EventKey("m-1", "acme", "Order 20261128-1-again"))
    assert replayed.run_key != twin.run_key


# ---- collisions


def test_the_body_of_a_collision_is_stored(endpoint: Endpoint) -> None:
    other = BODY.replace("1}", "2}")
    assert endpoint.post(BODY)["body"]["status"] == "accepted"
    for request_id in ("request-2", "request-3"):
        answer = endpoint.post(other, request_id=request_id)
        assert (answer["statusCode"], answer["body"]["status"]) == (200, "duplicate")
    (stored,) = endpoint.stored("collisions/").values()
    document = json.loads(stored)
    assert document["body"] == other
    assert (document["messageId"], document["clientId"], document["eventType"]) == ("m-1", "-", "CreateOrderEvent")


def test_an_unstored_collision_is_sent_again(endpoint: Endpoint) -> None:
    endpoint.post(BODY)
    endpoint.stop("s3")
    assert endpoint.post(BODY.replace("1}", "2}"), request_id="request-2")["statusCode"] == 503


# ---- encodings


@pytest.mark.parametrize(
    ("coding", "encode"),
    [
        ("gzip", gzip.compress),
        ("GZIP", gzip.compress),
        ("x-gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", lambda content: zlib.compress(content)[2:-4]),
        ("identity", lambda content: content),
    ],
)
def test_a_compressed_body_is_decoded(endpoint: Endpoint, coding: str, encode: Any) -> None:
    answer = _post_bytes(endpoint, encode(BODY.encode()), Content_Encoding=coding)
    assert answer["body"]["status"] == "accepted"
    assert endpoint.published("CreateOrderEvent") == [BODY]


def test_decompression_is_bounded(endpoint: Endpoint) -> None:
    bomb = gzip.compress(b'{"EventType":"' + b"x" * 50_000_000 + b'"}')
    assert _post_bytes(endpoint, bomb, Content_Encoding="gzip")["statusCode"] == 413


@pytest.mark.parametrize(
    "broken", [b"not gzip", gzip.compress(BODY.encode())[:-6], b"", gzip.compress(BODY.encode()) + gzip.compress(b" ")]
)
def test_a_broken_compressed_body_is_rejected(endpoint: Endpoint, broken: bytes) -> None:
    assert _post_bytes(endpoint, broken, Content_Encoding="gzip")["statusCode"] == 400


def test_a_body_that_is_not_deflate_is_rejected(endpoint: Endpoint) -> None:
    assert _post_bytes(endpoint, b"not deflate", Content_Encoding="deflate")["statusCode"] == 400


@pytest.mark.parametrize("coding", ["br", "zstd", "compress", "gzip, br", "aes128gcm"])
def test_any_other_coding_is_415_with_its_name(endpoint: Endpoint, coding: str) -> None:
    answer = _post_bytes(endpoint, b"x", Content_Encoding=coding)
    assert answer["statusCode"] == 415
    assert coding.rpartition(" ")[2] in answer["body"]["reason"]


@pytest.mark.parametrize("content_type", ["application/json; charset=ISO-8859-1", "application/octet-stream", ""])
def test_bytes_that_are_not_utf_8_are_rejected(endpoint: Endpoint, content_type: str) -> None:
    answer = _post_bytes(endpoint, BODY.replace("1}", '1,"Name":"Zoë"}').encode("latin-1"), Content_Type=content_type)
    assert answer["statusCode"] == 400
    assert "UTF-8" in answer["body"]["reason"]


def test_bytes_that_api_gateway_replaced_are_rejected(endpoint: Endpoint) -> None:
    sent = BODY.replace("1}", '1,"Name":"Zoë"}').encode("latin-1")
    arrived = sent.decode("utf-8", "replace")
    answer = endpoint.post(arrived, Content_Length=str(len(sent)))
    assert endpoint.post(arrived, Content_Length="9" * 5000)["statusCode"] == 400
    assert (answer["statusCode"], answer["body"]["reason"]) == (400, "the body is not UTF-8")


def test_a_replacement_character_that_was_sent_is_text(endpoint: Endpoint) -> None:
    sent = BODY.replace("1}", '1,"Name":"\ufffd"}')
    assert endpoint.post(sent, Content_Length=str(len(sent.encode())))["body"]["status"] == "accepted"


def test_text_that_grows_beyond_lambdas_limit_is_413(endpoint: Endpoint) -> None:
    body = '{"EventType":"CreateOrderEvent","Note":"' + '\\"' * 1_600_000 + '"}'
    assert len(body) < 4_500_000
    assert endpoint.post(body)["statusCode"] == 413


# ---- the event's type and names


@pytest.mark.parametrize("path", ["Order/CreateOrderEvent", "a/b/CreateOrderEvent", "CreateOrderEvent/"])
def test_a_paths_last_part_is_the_type(endpoint: Endpoint, path: str) -> None:
    request = endpoint.request("{}") | {"pathParameters": {"eventType": path}}
    assert endpoint.handle(request)["body"]["eventType"] == "CreateOrderEvent"


def test_a_named_path_wins_over_a_number(endpoint: Endpoint) -> None:
    request = endpoint.request('{"EventType":3}') | {"pathParameters": {"eventType": "CreateOrderEvent"}}
    assert endpoint.handle(request)["body"]["eventType"] == "CreateOrderEvent"


@pytest.mark.parametrize("name", ["eventType", "EventType"])
def test_the_type_is_found_in_camel_case_too(endpoint: Endpoint, name: str) -> None:
    assert endpoint.post(f'{{"{name}":"CreateOrderEvent"}}')["body"]["eventType"] == "CreateOrderEvent"


def test_the_date_is_found_in_camel_case_too(endpoint: Endpoint) -> None:
    endpoint.post('{"eventType":"CreateOrderEvent","eventDateUtc":"2021-10-12T18:07:26Z"}')
    (item,) = endpoint.items()
    assert item["event_date"] == {"S": "2021-10-12T18:07:26.0000000Z"}


@pytest.mark.parametrize("user", ["Jane Doe", "josé", "管理者"])
def test_the_user_arrives_as_it_was_sent(endpoint: Endpoint, user: str) -> None:
    endpoint.post(BODY, X_Directscale_User=user)
    (message,) = endpoint.messages("CreateOrderEvent")
    assert message.user == user
