"""Any delivery gets the expected response, and every accepted event arrives as it was sent."""

import io
import json
import re
from contextlib import redirect_stdout
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from boto3.dynamodb.types import TypeSerializer
from hypothesis import example, given, settings
from moto.sqs.models import sqs_backends
from pydantic import ValidationError

from tests.fuzz import counts
from tests.fuzz.conftest import CASES
from tests.fuzz.deliveries import Delivery, deliveries, delivery
from tests.fuzz.oracle import Expected, expected, handlers
from tests.fuzz.reader import Number, Pairs
from tests.unit.endpoint import TOKEN, Endpoint
from tests.unit.models import MODELS
from webhooks.aws import clients
from webhooks.aws.attributes import storable
from webhooks.event import AcceptedEvent, EventKey
from webhooks.message import event_from_record
from webhooks.policy import BODY_LIMIT, INLINE_LIMIT, TRANSIT_LIMIT

XML_1_0 = re.compile("[\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")
"""The characters that SQS accepts; moto accepts any."""

JSON = {"Content-Type": "application/json"}
UNAUTHORIZED: dict[str, object] = {"status": "unauthorized", "reason": "a valid bearer token is required"}
TOO_LARGE: list[dict[str, object]] = [
    {"status": "too large", "reason": f"the body is larger than {limit} bytes", "limit": limit}
    for limit in (BODY_LIMIT, TRANSIT_LIMIT)
]
UNSUPPORTED: list[dict[str, object]] = [
    {"status": "unsupported coding", "reason": f"the content coding {coding!r} is not supported"}
    for coding in ("br", "gzip, gzip")
]
ORDER = '{"EventType":"CreateOrderEvent","OrderNumber":1}'
QUOTE = r"\""
SMALL = 10_000


@pytest.mark.timeout(300 + CASES)
def test_any_delivery_gets_the_expected_response(endpoint: Endpoint) -> None:
    @settings(settings.get_profile("fuzz"))
    @given(deliveries())
    @example(delivery(ORDER.ljust(INLINE_LIMIT + 1)))
    @example(delivery(ORDER.ljust(BODY_LIMIT)))
    @example(delivery(ORDER.ljust(BODY_LIMIT + 1)))
    @example(delivery(f'{{"EventType":"Deep","a":{"[" * 63}{"]" * 63}}}'))
    @example(delivery(f'{{"EventType":"Deep","a":{"[" * 64}{"]" * 64}}}'))
    @example(delivery('{"EventType":"CreateOrderEvent","OrderNumber":1E99999999}'))
    @example(delivery('{"EventType":"A\ufffd"}', content_length="18"))
    @example(delivery('{"EventType":"A\ufffd"}', content_length="20"))
    @example(delivery('{"EventType":"A\ufffd"}'))
    @example(delivery(ORDER, content_encoding="br"))
    @example(delivery(ORDER, authorization="Bearer another"))
    @example(delivery(f'{{"EventType":"CreateOrderEvent","Note":"{QUOTE * 1_600_000}"}}'))
    def deliver(made: Delivery) -> None:
        due = expected(made.request)
        answer = _answer(endpoint, made)
        counts.OF.update([f"answered {answer['statusCode']}", f"{made.kind}: {answer['statusCode']}"])
        try:
            assert answer["statusCode"] == due.status
            _CHECKS[due.status](endpoint, made, due, answer)
        finally:
            _clear(endpoint)

    deliver()
    assert {name for name in counts.OF if name.startswith("answered")} == {f"answered {status}" for status in _CHECKS}
    assert counts.OF["accepted by reference"]
    assert counts.OF["written: 200"] * 2 > counts.OF["written: 400"]


def _answer(endpoint: Endpoint, made: Delivery, request_id: str = "request-1") -> dict[str, Any]:
    """The response, its body parsed; checks what holds for every response and log."""
    with redirect_stdout(io.StringIO()) as output:
        answer = endpoint.handle(made.request, request_id)
    assert answer["headers"].items() >= JSON.items()
    assert len(output.getvalue().splitlines()) == 2
    assert all(isinstance(json.loads(line), dict) for line in output.getvalue().splitlines())
    assert TOKEN not in output.getvalue()
    return answer


def _accepted(endpoint: Endpoint, made: Delivery, due: Expected, answer: dict[str, Any]) -> None:
    ids = {"messageId": due.message_id, "eventType": due.event_type}
    assert answer["body"] == {"status": "accepted"} | ids
    again = _answer(endpoint, made, "request-2")
    assert (again["statusCode"], again["body"]) == (200, {"status": "duplicate"} | ids)
    arrived = {name: endpoint.records(name) for name in endpoint.queue_urls}
    assert {name for name, records in arrived.items() if records} == handlers(due.event_type)
    messages = [event_from_record(record) for records in arrived.values() for record in records]
    message, *others = messages
    assert all(other == message for other in others)
    assert len(messages) == len(handlers(due.event_type))
    record = next(record for records in arrived.values() for record in records)
    _fits_sqs(record)
    (item,) = endpoint.items()
    assert "unpublished_shard" not in item
    assert message.key == EventKey(due.message_id, due.client_id, due.event_type)
    assert due.event_date in (None, message.event_date)
    counts.OF["with a known date"] += due.event_date is not None
    if message.body_reference:
        counts.OF["accepted by reference"] += 1
        assert (item["body_reference"]["S"], record["body"]) == (message.body_reference, "{}")
        message = replace(message, body=endpoint.stored("bodies/")[message.body_reference])
    assert (len(message.body.encode()) > INLINE_LIMIT) == bool(message.body_reference)
    read = json.loads(message.body, object_pairs_hook=Pairs, parse_float=Number, parse_int=Number)
    assert read == due.value
    assert made.value in (None, due.value)
    counts.OF["accepted compressed"] += any(name.lower() == "content-encoding" for name in made.request["headers"])
    _reaches_its_handler(message)


def _fits_sqs(record: dict[str, Any]) -> None:
    texts = [attribute["stringValue"] for attribute in record["messageAttributes"].values()]
    assert all(texts)
    assert all(XML_1_0.fullmatch(text) for text in [record["body"], *texts])
    assert len(texts) <= 8
    assert len("".join([record["body"], *texts]).encode()) < 1_000_000


def _reaches_its_handler(message: AcceptedEvent) -> None:
    """Any handler gets an event whose record can be stored, or a validation error."""
    own = MODELS.get(message.key.event_type, MODELS["CustomEvent"])
    for model in MODELS.values() if len(message.body) < SMALL else [own]:
        try:
            event = model.from_accepted(message)
        except ValidationError:
            counts.OF["read by a model: does not fit"] += 1
            continue
        counts.OF["read by a model: fits"] += 1
        assert XML_1_0.fullmatch(event.version)
        TypeSerializer().serialize(storable({name: value for name, value in event.fields().items() if name}))


def _rejected(endpoint: Endpoint, made: Delivery, _: Expected, answer: dict[str, Any]) -> None:
    position = answer["body"].pop("position", 0)
    assert answer["body"].keys() == {"status", "reason"}
    assert answer["body"]["status"] == "rejected"
    assert 0 <= position <= BODY_LIMIT
    (document,) = endpoint.stored("rejected/").values()
    stored = json.loads(document)
    assert stored["body"] == made.request.get("body", "")
    assert not {"authorization", "cookie"} & {name.lower() for name in stored["headers"]}


def _refused(
    bodies: list[dict[str, object]], endpoint: Endpoint, _delivery: Delivery, _due: Expected, answer: dict[str, Any]
) -> None:
    assert answer["body"] in bodies
    assert (endpoint.stored(""), endpoint.items()) == ({}, [])


def _clear(endpoint: Endpoint) -> None:
    """Empty everything for the next delivery."""
    for item in endpoint.items():
        key = {name: item[name] for name in ("message_id", "client_and_type")}
        clients.dynamodb().delete_item(TableName="InboxTable", Key=key)
    for queue in sqs_backends["123456789012"]["us-east-1"].queues.values():
        queue._messages.clear()  # noqa: SLF001 - SQS purges a queue no more than once a minute
    for name in endpoint.stored(""):
        clients.s3().delete_object(Bucket=endpoint.bucket, Key=name)


_CHECKS: dict[int, Any] = {
    200: _accepted,
    400: _rejected,
    401: partial(_refused, [UNAUTHORIZED]),
    413: partial(_refused, TOO_LARGE),
    415: partial(_refused, UNSUPPORTED),
}
