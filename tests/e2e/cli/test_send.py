"""`webhooks send` and `webhooks subscriptions` on the deployed stack."""

import json
import signal
import uuid
from typing import Any

from tests.e2e.cli.webhooks import Webhooks
from tools.local.client import records, wait_until
from tools.local.stack import LocalStack
from webhooks_cli.operations.handler_state import State
from webhooks_cli.operations.inbox import Inbox
from webhooks_cli.operations.stored_event import StoredEvent

UNKNOWN = "CliRankAdvanced"


def stored(inbox: Inbox, report: dict[str, Any]) -> list[StoredEvent]:
    """The events of a command's report, as the inbox stores them."""
    return [each for event in report["events"] for each in inbox.find(event["message_id"])]


def test_an_event_of_every_type_is_handled(stack: LocalStack, inbox: Inbox, webhooks: Webhooks) -> None:
    types = [each["event_type"] for each in webhooks.json("subscriptions")]
    assert "DailyEvent" in types
    reports = [webhooks.json("send"), webhooks.json("send", *types, UNKNOWN)]
    assert [each["answers"] for each in reports] == [
        [{"status": 200, "outcome": "accepted", "count": 6}],
        [{"status": 200, "outcome": "accepted", "count": len(types) + 1}],
    ]
    assert [event["event_type"] for event in reports[1]["events"]] == [*types, UNKNOWN]

    both = {"events": [event for each in reports for event in each["events"]]}
    in_the_end = wait_until(
        lambda: stored(inbox, both),
        lambda seen: {each.state for each in seen} == {State.HANDLED},
        "all handled",
        seconds=60,
    )
    assert len(in_the_end) == 6 + len(types) + 1

    order = json.loads(in_the_end[1].event.body)["OrderNumber"]
    parts = {sk.partition("#")[0]: record for sk, record in records(stack, f"ORDER#{order}").items()}
    assert parts["ORDER"]["OrderStatus"] == parts["PAYMENT"]["PaymentStatus"] == "Paid"
    assert parts["PACKAGE"]["PackageStatus"] == "Shipped"
    assert records(stack, f"ASSOCIATE#{int(parts['ORDER']['CustomerId'])}").keys() == {"ASSOCIATE"}


def test_duplicates_are_answered_200(webhooks: Webhooks) -> None:
    report = webhooks.json(
        "send", "DailyEvent", "CreateInventoryItemEvent", "--count", "12", "--duplicates", "50", "--shuffle"
    )
    answers = [(answer["status"], answer["outcome"], answer["count"]) for answer in report["answers"]]
    assert answers == [(200, "accepted", 12), (200, "duplicate", 6)]
    assert len({event["message_id"] for event in report["events"]}) == 12


def test_a_refusal_is_one_line(webhooks: Webhooks) -> None:
    refused = webhooks("send", "DailyEvent", "--body", "-", typed="hello")
    assert (refused.code, "400 rejected" in refused.out) == (1, True)
    assert refused.err.splitlines()[-1].startswith("webhooks: 1 of 1 not answered 200: the body is not JSON")


def test_ctrl_c_reports_what_was_sent(inbox: Inbox, webhooks: Webhooks) -> None:
    marker = str(uuid.uuid4())
    arguments = ("--count", "1000", "--rate", "4", "--message-id", marker, "--json")
    with webhooks.start("send", "DailyEvent", *arguments) as sending:
        try:
            wait_until(lambda: inbox.find(f"{marker}-3"), bool, "the third event", seconds=60)
        finally:
            sending.send_signal(signal.SIGINT)
        out, err = sending.communicate(timeout=60)
    report = json.loads(out)
    assert sending.returncode == 130
    assert f"interrupted: {len(report['events'])} of 1000 were sent" in err
    assert 3 <= len(report["events"]) < 1000
    assert len(stored(inbox, report)) == len(report["events"])
