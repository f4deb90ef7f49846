"""`webhooks records`: what the handlers keep of one thing."""

import json
from typing import Any

import pytest

from tests.cli.command import Command
from tests.cli.deployed import Deployed
from tests.cli.orders import cells
from tests.unit.examples import event
from tests.unit.functions import load
from tests.unit.models import FULL
from webhooks.event import EventKey
from webhooks_cli.errors import ToolFailed

ASSOCIATE = ("UpdateAssociateEvent", "CreateSubscriptionEvent", "EnrollmentEvent")


@pytest.fixture
def webhooks(deployed: Deployed) -> Command:
    for number, event_type in enumerate((*ASSOCIATE, "DailyEvent")):
        key = EventKey(f"m-{number}", "acme", event_type)
        deployed.workplace.publish(event(json.dumps(FULL[event_type]), key))
        deployed.workplace.work(load(f"handlers/{event_type}").handle)
    return Command(deployed.stack)


def _parts(webhooks: Command, *arguments: str) -> dict[str, dict[str, Any]]:
    return {part["sk"]: part for part in webhooks.json("records", *arguments)}


def test_a_record_is_shown_with_all_its_parts(webhooks: Command) -> None:
    parts = _parts(webhooks, "ASSOCIATE", "5", "--reveal")
    assert list(parts) == ["ASSOCIATE", "ENROLLMENT", "SUBSCRIPTION#7"]
    assert parts["ASSOCIATE"].items() >= FULL["UpdateAssociateEvent"].items()
    assert parts["ASSOCIATE"]["version"].endswith(" m-0 acme UpdateAssociateEvent")


def test_what_tells_of_a_person_is_masked_and_the_rest_of_a_record_is_shown(webhooks: Command) -> None:
    parts = _parts(webhooks, "associate", "5")
    assert parts["ASSOCIATE"]["FirstName"] == "***"
    assert parts["SUBSCRIPTION#7"] == _parts(webhooks, "ASSOCIATE", "5", "--reveal")["SUBSCRIPTION#7"]


def test_a_record_is_shown_as_a_table_too(webhooks: Command) -> None:
    printed = webhooks("records", "ASSOCIATE", "5").stdout
    rows = cells(printed)
    assert printed.startswith("ASSOCIATE#5 ")
    assert ["ASSOCIATE", "AssociateId", "5"] in rows
    assert ["", "WebAliases", '["***", "***"]'] in rows
    assert ["", "IsVoid", "false"] in rows
    assert [row[0] for row in rows if row[0]] == ["ASSOCIATE", "ENROLLMENT", "SUBSCRIPTION#7"]


def test_a_record_without_an_id_is_shown(webhooks: Command) -> None:
    assert list(_parts(webhooks, "DAILY")) == ["2021-10-12"]


def test_of_many_parts_the_last_are_shown_and_it_is_said_so(webhooks: Command) -> None:
    result = webhooks("records", "ASSOCIATE", "5", "--limit", "2", "--json")
    assert [part["sk"] for part in json.loads(result.stdout)] == ["ENROLLMENT", "SUBSCRIPTION#7"]
    assert "only the last 2" in result.stderr
    assert webhooks("records", "ASSOCIATE", "5", "--limit", "3").stderr == ""


def test_a_record_that_is_not_there_is_a_failure_with_the_next_step(webhooks: Command) -> None:
    failure = webhooks("records", "ASSOCIATE", "6").exception
    assert isinstance(failure, ToolFailed)
    assert "there is no record ASSOCIATE#6" in str(failure)
