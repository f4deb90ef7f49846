"""What ingest stored for an operator, on the deployed stack: collisions are accepted, rejected deliveries repaired."""

import json
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.cli.webhooks import Webhooks
from tests.e2e.test_endpoint import a_delivery
from tools.local.client import post, records, wait_until
from tools.local.stack import LocalStack
from webhooks_cli.operations.endpoint import Answer

pytestmark = pytest.mark.thorough  # tests/cli/test_collisions.py and test_rejected.py run the commands in memory

ORDER = 920_001


def deliver(stack: LocalStack, message_id: str, body: str) -> Answer:
    """As DirectScale, with a message id."""
    request = a_delivery()
    headers = {**request.headers, "X-Directscale-Message-Id": message_id}
    return post(stack, replace(request, headers=headers, body=body.encode()).with_token(stack.token))


def package(number: int, tracking: str) -> str:
    fields = {"OrderNumber": ORDER, "PackageId": number, "TrackingNumber": tracking}
    return json.dumps({"EventType": "SubmitOrderPackageEvent"} | fields)


def of(message_id: str, listed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [each for each in listed if each["message_id"] == message_id]


def test_a_collision_is_accepted_as_an_event(stack: LocalStack, webhooks: Webhooks) -> None:
    message_id = f"collision-{uuid.uuid4()}"
    answers = [deliver(stack, message_id, package(number, "1Z-zoe")) for number in (1, 2)]
    assert [(answer.status, answer.body["status"]) for answer in answers] == [(200, "accepted"), (200, "duplicate")]

    (row,) = of(message_id, webhooks.json("collisions", "list"))
    name = row["collision"]
    shown = webhooks("collisions", "show", name)
    assert (shown.code, "zoe" in shown.out, name in shown.out) == (0, False, True)
    (revealed,) = webhooks.json("collisions", "show", name, "--reveal")
    assert revealed["body"] == json.loads(package(2, "1Z-zoe"))

    asked = webhooks("collisions", "accept", name, typed="n\n")
    assert (asked.code, len(of(message_id, webhooks.json("collisions", "list")))) == (1, 1)
    accepted = webhooks.json("collisions", "accept", name, "--yes")
    assert accepted == {"message_id": revealed["accepted_as"], "new": True, "published": True}
    wait_until(lambda: records(stack, f"ORDER#{ORDER}"), lambda found: "PACKAGE#2" in found, "the second package")
    assert of(message_id, webhooks.json("collisions", "list")) == []
    (story,) = webhooks.json("events", "show", message_id)
    assert story["collisions"] == [{"collision": name, "accepted_as": accepted["message_id"]}]


def test_a_rejected_delivery_is_repaired(stack: LocalStack, webhooks: Webhooks, tmp_path: Path) -> None:
    message_id = f"rejected-{uuid.uuid4()}"
    body = package(3, "1Z-zoe")
    assert deliver(stack, message_id, body.replace('"PackageId": 3', '"PackageId": ')).status == 400

    (row,) = of(message_id, webhooks.json("rejected", "list"))
    name = row["rejected"]
    assert row["reason"].startswith("the body is not JSON")
    shown = webhooks("rejected", "show", name)
    assert (shown.code, "zoe" in shown.out, "not JSON" in shown.out) == (0, False, True)
    assert "1Z-zoe" in webhooks.json("rejected", "show", name, "--reveal")[0]["body"]

    again = webhooks("rejected", "resend", name)
    assert (again.code, "answered 400 rejected" in again.err) == (1, True)
    (tmp_path / "repaired.json").write_text(body)
    sent = webhooks.json("rejected", "resend", name, "--body", str(tmp_path / "repaired.json"))
    assert (sent["status"], sent["answer"]["status"], sent["answer"]["messageId"]) == (200, "accepted", message_id)
    wait_until(lambda: records(stack, f"ORDER#{ORDER}"), lambda found: "PACKAGE#3" in found, "the third package")
    assert name not in [each["rejected"] for each in webhooks.json("rejected", "list")]
