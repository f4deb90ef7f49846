"""`webhooks records`: what the handlers have saved of one thing."""

import json
from typing import Any

import pytest

from tests.cli.cli_env import CliEnv, cells
from tests.cli.command import Command
from tests.unit.examples import event
from tests.unit.functions import load
from tests.unit.models import FULL
from webhooks.event import EventKey

ASSOCIATE = ("UpdateAssociateEvent", "CreateSubscriptionEvent", "EnrollmentEvent")


@pytest.fixture
def webhooks(cli_env: CliEnv) -> Command:
    """With the records of an associate and of a day."""
    for number, event_type in enumerate((*ASSOCIATE, "DailyEvent")):
        key = EventKey(f"m-{number}", "acme", event_type)
        cli_env.handlers.publish(event(json.dumps(FULL[event_type]), key))
        cli_env.handlers.work(load(f"handlers/{event_type}").handle)
    return cli_env.webhooks


def _parts(webhooks: Command, *arguments: str) -> dict[str, dict[str, Any]]:
    return {part["sk"]: part for part in webhooks.json("records", *arguments)}


def test_a_record_is_shown_with_all_parts(webhooks: Command) -> None:
    parts = _parts(webhooks, "ASSOCIATE", "5", "--reveal")
    assert list(parts) == ["ASSOCIATE", "ENROLLMENT", "SUBSCRIPTION#7"]
    assert parts["ASSOCIATE"].items() >= FULL["UpdateAssociateEvent"].items()
    assert parts["ASSOCIATE"]["version"].endswith(" m-0 acme UpdateAssociateEvent")
    assert list(_parts(webhooks, "DAILY")) == ["2021-10-12"]


def test_personal_data_is_masked_by_default(webhooks: Command) -> None:
    parts = _parts(webhooks, "associate", "5")
    assert parts["ASSOCIATE"]["FirstName"] == "***"
    assert parts["SUBSCRIPTION#7"] == _parts(webhooks, "ASSOCIATE", "5", "--reveal")["SUBSCRIPTION#7"]


def test_people_see_a_table(webhooks: Command) -> None:
    rows = cells(webhooks("records", "ASSOCIATE", "5").stdout)
    assert ["ASSOCIATE", "AssociateId", "5"] in rows
    assert ["", "WebAliases", '["***", "***"]'] in rows
    assert ["", "IsVoid", "false"] in rows


def test_the_last_parts_are_shown(webhooks: Command) -> None:
    result = webhooks("records", "ASSOCIATE", "5", "--limit", "2", "--json")
    assert [part["sk"] for part in json.loads(result.stdout)] == ["ENROLLMENT", "SUBSCRIPTION#7"]
    assert "only the last 2" in result.stderr
    assert webhooks("records", "ASSOCIATE", "5", "--limit", "3").stderr == ""


def test_a_missing_record_is_a_failure(webhooks: Command) -> None:
    assert "there is no record ASSOCIATE#6" in webhooks.failure("records", "ASSOCIATE", "6")


def test_amounts_are_shown_to_the_digit(cli_env: CliEnv) -> None:
    long = "123456789012345678901234567890"
    body = f'{{"OrderNumber": 1, "OrderTotal": 12345678901234567.89, "Rates": [0.10], "Long": {long}}}'
    cli_env.handlers.publish(event(body))
    cli_env.handlers.work(load("handlers/CreateOrderEvent").handle)
    printed = cli_env.webhooks("records", "ORDER", "1", "--reveal", "--json").stdout
    assert '"OrderTotal": 12345678901234567.89' in printed
    assert f'"Long": {long}' in printed
    table = cli_env.webhooks("records", "ORDER", "1", "--reveal").stdout
    assert "12345678901234567.89" in table
    assert "[0.1" in table
