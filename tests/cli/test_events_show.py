"""`webhooks events show`: the whole story of one event."""

import json
from typing import Any

import pytest
import time_machine

from tests.cli.command import Command
from tests.cli.deployed import Deployed
from tests.cli.orders import ORDER, an_order, cells
from tests.unit.examples import event
from tests.unit.functions import load
from webhooks.aws import clients
from webhooks.aws.store import S3Store
from webhooks.event import EventKey
from webhooks.large_body import offload_large_body
from webhooks.retries import RetryLater
from webhooks_cli.errors import ToolFailed


@pytest.fixture
def webhooks(deployed: Deployed) -> Command:
    return Command(deployed.stack)


def _story(webhooks: Command, *arguments: str) -> dict[str, Any]:
    (story,) = webhooks.json("events", "show", "m-1", *arguments)
    assert isinstance(story, dict)
    return story


def test_the_whole_story_of_a_handled_event(deployed: Deployed, webhooks: Command) -> None:
    deployed.publish(an_order())
    with time_machine.travel("2026-11-24T12:00:07Z", tick=False):
        deployed.fail(ValueError("no such customer: Zoe"))
    with time_machine.travel("2026-11-24T12:00:13Z", tick=False):
        deployed.workplace.work(load("handlers/CreateOrderEvent").handle)
    assert cells(webhooks("events", "show", "m-1", "--reveal").stdout) == [
        ["2026-11-24T11:00:00", "received", "client acme, token first, user zoe@example.com"],
        ["", "published", "to the queue of CreateOrderEvent"],
        ["2026-11-24T12:00:07", "failed", "ValueError: no such customer: Zoe"],
        ["2026-11-24T12:00:13", "handled", ""],
        ["", "record", "ORDER#1 ORDER holds this event"],
        ["", "now", "done, and off its queue"],
        ["2026-12-29T11:00:00", "kept until", ""],
    ]
    assert _story(webhooks, "--reveal") == {
        "received_at": "2026-11-24T11:00:00.0000000Z",
        "event_type": "CreateOrderEvent",
        "client_id": "acme",
        "message_id": "m-1",
        "queue": "CreateOrderEvent",
        "state": "handled",
        "failures": 1,
        "event_date": "",
        "user": "zoe@example.com",
        "token_label": "first",
        "published": True,
        "errors": [{"at": "2026-11-24T12:00:07.0000000Z", "error": "ValueError: no such customer: Zoe"}],
        "given_up_at": "",
        "redriven_at": "",
        "discarded_at": "",
        "handled_at": "2026-11-24T12:00:13.0000000Z",
        "records": [{"pk": "ORDER#1", "sk": "ORDER", "now": "holds this event"}],
        "whereabouts": "done, and off its queue",
        "expires_at": "2026-12-29T11:00:00.0000000Z",
        "body_reference": "",
        "body": ORDER,
    }


def test_an_event_that_fails_and_is_handled_within_a_second_is_told_in_thatan_order(
    deployed: Deployed, webhooks: Command
) -> None:
    deployed.publish(an_order())
    with time_machine.travel("2026-11-24T12:00:07.1Z", tick=False):
        deployed.fail(RetryLater(0))
    with time_machine.travel("2026-11-24T12:00:07.9Z", tick=False):
        deployed.handle()
    assert [what for _, what, _ in cells(webhooks("events", "show", "m-1").stdout)][2:4] == ["failed", "handled"]


def test_nothing_that_tells_of_a_person_is_shown_unless_it_is_asked_for(deployed: Deployed, webhooks: Command) -> None:
    deployed.publish(an_order())
    deployed.fail(ValueError("no such customer: Zoe"))
    for more in ([], ["--json"]):
        printed = webhooks("events", "show", "m-1", *more).stdout
        assert "zoe" not in printed.lower()
        assert "ValueError: ***" in printed
        assert '"Note": "***"' in printed


def test_of_several_events_with_the_id_all_are_shown_or_the_one_that_is_meant(
    deployed: Deployed, webhooks: Command
) -> None:
    deployed.accept(an_order(), event(key=EventKey("m-1", "other", "CreateOrderEvent")))
    assert len(webhooks.json("events", "show", "m-1")) == 2
    assert _story(webhooks, "--client", "other")["client_id"] == "other"
    for wrong in (["m-2"], ["m-1", "--type", "DailyEvent"]):
        assert isinstance(webhooks("events", "show", *wrong).exception, ToolFailed)


def test_a_large_body_is_fetched_from_where_it_is_stored(deployed: Deployed, webhooks: Command) -> None:
    large = event(json.dumps(ORDER | {"Note": "x" * 300_000}))
    deployed.publish(offload_large_body(large, S3Store(clients.s3, deployed.workplace.bucket)))
    story = _story(webhooks, "--reveal")
    assert story["body"]["Note"] == "x" * 300_000
    assert story["body_reference"].startswith("bodies/")


def test_a_record_that_a_newer_event_has_taken_says_which(deployed: Deployed, webhooks: Command) -> None:
    for number, date in ((1, "2026-11-24T10:00:00.0000000Z"), (2, "2026-11-24T10:30:00.0000000Z")):
        deployed.publish(an_order(number, event_date=date))
    deployed.workplace.work(load("handlers/CreateOrderEvent").handle)
    assert _story(webhooks)["records"] == [{"pk": "ORDER#1", "sk": "ORDER", "now": "holds a newer event: m-2"}]


def test_a_handler_that_was_another_than_the_source_here_is_not_believed(deployed: Deployed, webhooks: Command) -> None:
    other = "does not hold it: the handler that ran is not that of this checkout"
    deployed.publish(an_order())
    deployed.handle()
    assert [led["now"] for led in _story(webhooks)["records"]] == [other]
    deployed.publish(an_order(2, event_date="2020-01-01T00:00:00.0000000Z"))
    deployed.workplace.work(load("handlers/CreateOrderEvent").handle)
    assert [led["now"] for led in _story(webhooks)["records"]] == [other]


def test_an_event_without_a_queue_of_its_own_is_shown_with_the_one_that_took_it(
    deployed: Deployed, webhooks: Command
) -> None:
    deployed.publish(event('{"A": "b"}', EventKey("m-1", "acme", "BonusEvent"), queue="CustomEvent"))
    assert ["", "published", "to the queue of CustomEvent"] in cells(webhooks("events", "show", "m-1").stdout)


def test_what_a_sender_wrote_is_no_command_to_the_terminal(deployed: Deployed, webhooks: Command) -> None:
    deployed.publish(
        event(
            r'{"OrderNumber": 1, "A": "\u001b[2J \u009b2J \ud800 [red]"}', EventKey("[/x]", "[b]", "CreateOrderEvent")
        )
    )
    deployed.fail(ValueError("[/red]"))
    printed = webhooks("events", "show", "[/x]", "--reveal").stdout
    assert r'"\u001b[2J \u009b2J \ud800 [red]"' in printed
    assert "client [b]" in printed
    assert "ValueError: [/red]" in printed
    assert "[/x]" in webhooks("events", "list", "--since", "2021-01-01").stdout
