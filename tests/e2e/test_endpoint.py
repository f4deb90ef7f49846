"""The deployed endpoint: what it answers, what it logs, what it may do."""

import json
import uuid
from dataclasses import replace
from pathlib import Path

import pytest

from tools.demo import run, vendor_request
from tools.local.client import log_lines, post
from tools.local.stack import SAMPLE_TOKEN, LocalStack
from webhooks_cli.operations.endpoint import Request

MARKED = "e2e-secret-that-must-not-be-logged"


def a_delivery() -> Request:
    """The vendor's curl with a message id that was not seen before."""
    request = vendor_request()
    return replace(request, headers={**request.headers, "X-Directscale-Message-Id": str(uuid.uuid4())})


def test_the_demo_runs(stack: LocalStack, capsys: pytest.CaptureFixture[str]) -> None:
    """What `make demo` shows: the vendor's curl accepted, then a duplicate, and an order down to its record."""
    run(stack)
    assert "FinalizeOrderEvent: handled demo-2" in capsys.readouterr().out


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "webhooks.localhost"])
def test_it_answers_under_each_local_name(stack: LocalStack, host: str) -> None:
    request = a_delivery().with_token(stack.token)
    named = replace(request, headers={**request.headers, "Host": host}, path="/webhooks/CreateOrderPaymentEvent")
    assert post(stack, named).status == 200


def test_a_refusal_says_how_to_authenticate_and_no_more(stack: LocalStack) -> None:
    answer = post(stack, a_delivery().with_token("wrong"))
    assert answer.status == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.body == {"status": "unauthorized", "reason": "a valid bearer token is required"}


def test_several_tokens_are_accepted_and_compared_as_sent(stack: LocalStack) -> None:
    """The vendor's sample token holds `!`, `%26` and `$`; decoded, it is another token."""
    request = a_delivery()
    answers = [post(stack, request.with_token(token)) for token in (stack.token, SAMPLE_TOKEN)]
    assert [answer.body["status"] for answer in answers] == ["accepted", "duplicate"]
    assert post(stack, request.with_token(SAMPLE_TOKEN.replace("%26", "&"))).status == 401


def test_every_decision_is_logged_without_what_was_sent(stack: LocalStack) -> None:
    request = a_delivery().with_token(stack.token)
    marked = request.body.replace(b'"USD"', f'"{MARKED}"'.encode())
    answer = post(stack, replace(request, body=marked))
    lines = list(log_lines(stack, "ingest"))
    (line,) = (line for line in lines if line.get("message_id") == answer.body["messageId"])
    assert (line["message"], line["event_type"]) == ("accepted", "CreateOrderPaymentEvent")
    assert "published" not in line
    text = json.dumps(lines)
    assert MARKED not in text
    assert stack.token not in text


def test_the_vendors_curl_is_kept_as_published() -> None:
    text = (Path(__file__).parents[2] / "events" / "vendor-curl.txt").read_text()
    assert text.rstrip().endswith('"EventType":"CreateOrderPaymentEvent",\n}\'')
