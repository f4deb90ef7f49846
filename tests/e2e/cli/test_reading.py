"""The commands that read, on the deployed stack: one event, from its delivery to its record."""

import json
import signal
import uuid
from dataclasses import replace

import pytest

from tests.e2e.cli.webhooks import Webhooks
from tests.e2e.test_endpoint import a_delivery
from tools.local.client import post, records, wait_until
from tools.local.stack import LocalStack
from webhooks_cli.operations.checkout import Checkout

ORDER = 910_001
BODY = {"EventType": "SubmitOrderPackageEvent", "OrderNumber": ORDER, "PackageId": 1, "TrackingNumber": "1Z-zoe"}


@pytest.fixture(scope="module")
def message_id(stack: LocalStack) -> str:
    """The message id of an event that was delivered and handled, with personal data."""
    headers = {"X-Directscale-Message-Id": f"reading-{uuid.uuid4()}", "X-Directscale-User": "zoe@example.com"}
    delivery = a_delivery()
    delivery = replace(delivery, headers={**delivery.headers, **headers}, body=json.dumps(BODY).encode())
    answer = post(stack, delivery.with_token(stack.token))
    assert (answer.status, answer.body["status"]) == (200, "accepted")
    wait_until(lambda: records(stack, f"ORDER#{ORDER}"), bool, f"ORDER#{ORDER}")
    return str(answer.body["messageId"])


def test_an_event_is_listed_and_shown_masked(message_id: str, webhooks: Webhooks) -> None:
    listed = webhooks.json("events", "list", "--type", "SubmitOrderPackageEvent", "--since", "10m")
    assert [each["state"] for each in listed if each["message_id"] == message_id] == ["handled"]
    shown = webhooks("events", "show", message_id)
    assert shown.code == 0
    assert f"ORDER#{ORDER} PACKAGE#1 holds this event" in shown.out
    assert "zoe" not in shown.out
    (story,) = webhooks.json("events", "show", message_id, "--reveal")
    assert (story["body"], story["user"], story["token_label"]) == (BODY, "zoe@example.com", "first")


def test_an_unknown_event_is_one_line_on_stderr(webhooks: Webhooks) -> None:
    result = webhooks("events", "show", "never-came")
    assert (result.code, result.out) == (1, "")
    assert result.err.splitlines() == [
        "webhooks: the inbox has no such event never-came: `webhooks events list` shows its events"
    ]


def test_the_record_it_led_to_is_shown(message_id: str, webhooks: Webhooks) -> None:
    (part,) = webhooks.json("records", "ORDER", str(ORDER))
    assert (part["sk"], part["TrackingNumber"]) == ("PACKAGE#1", "***")
    assert message_id in part["version"]


def test_log_lines_are_followed_until_ctrl_c(message_id: str, webhooks: Webhooks) -> None:
    following = webhooks.start("logs", "--id", message_id, "--follow")
    assert following.stdout is not None
    lines = [following.stdout.readline().split("  ")[1:3] for _ in range(2)]
    following.send_signal(signal.SIGINT)
    _, errors = following.communicate(timeout=20)
    assert lines == [["ingest", "accepted"], ["SubmitOrderPackageEvent", "handled"]]
    assert (following.returncode, errors) == (130, "")


@pytest.mark.usefixtures("message_id")
def test_the_status_has_every_type_and_token(stack: LocalStack, webhooks: Webhooks) -> None:
    status = webhooks.json("status")
    types = {each["event_type"]: each for each in status["event_types"]}
    assert list(types) == Checkout(webhooks.project).event_types()
    assert not any(each["paused"] for each in types.values())
    assert types["SubmitOrderPackageEvent"]["last_event"] is not None
    assert status["endpoint"] == stack.url
    assert {use["label"]: bool(use["last_use"]) for use in status["tokens"]}["first"]
