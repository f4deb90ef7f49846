"""The deployed endpoint."""

import uuid
from dataclasses import replace
from pathlib import Path

import pytest

from tools.demo import FURTHER, run, vendor_request, with_further_handler
from tools.local.client import post
from tools.local.stack import SAMPLE_TOKEN, LocalStack, build, connect, deploy
from tools.reference import reference_project
from webhooks.event import CUSTOM
from webhooks_cli.operations.endpoint import Request


def a_delivery() -> Request:
    """The vendor's curl with a new message id."""
    request = vendor_request()
    return replace(request, headers={**request.headers, "X-Directscale-Message-Id": str(uuid.uuid4())})


def test_the_demo_handles_each_event(stack: LocalStack, capsys: pytest.CaptureFixture[str]) -> None:
    run(stack)
    printed = capsys.readouterr().out
    assert "FinalizeOrderEvent: handled demo-2" in printed
    assert "The record ORDER#1" in printed


@pytest.mark.thorough  # test_examples.py deploys a further handler, which fails at first, too
def test_the_demo_shows_a_further_handler(
    stack: LocalStack, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It fails at first: its retry is its own."""
    types = ["CreateOrderEvent", "FinalizeOrderEvent", "SubmitOrderPackageEvent", "CreateOrderPaymentEvent", CUSTOM]
    project = with_further_handler(reference_project(tmp_path / "project", types))
    build(project)
    deploy(stack.emulator, "demo", project)
    run(connect(stack.emulator, "demo"), FURTHER)
    printed = capsys.readouterr().out
    for line in (f"{FURTHER}: failed demo-1", f"{FURTHER}: handled demo-1", "CreateOrderEvent: handled demo-1"):
        assert line in printed
    assert "CreateOrderEvent: failed" not in printed


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "webhooks.localhost"])
def test_it_answers_under_each_local_name(stack: LocalStack, host: str) -> None:
    request = a_delivery().with_token(stack.token)
    named = replace(request, headers={**request.headers, "Host": host}, path="/webhooks/CreateOrderPaymentEvent")
    assert post(stack, named).status == 200


def test_each_token_is_compared_as_sent(stack: LocalStack) -> None:
    """The vendor's sample token has `!`, `%26` and `$`; decoded, it is another token."""
    request = a_delivery()
    answers = [post(stack, request.with_token(token)) for token in (stack.token, SAMPLE_TOKEN)]
    assert [answer.body["status"] for answer in answers] == ["accepted", "duplicate"]
    refused = post(stack, request.with_token(SAMPLE_TOKEN.replace("%26", "&")))
    assert (refused.status, refused.headers["www-authenticate"]) == (401, "Bearer")
