"""`webhooks records`: what the handlers have saved of one thing."""

import json
from typing import Any

import pytest

from tests.cli.cli_env import CliEnv, cells
from tests.cli.command import Command
from tests.unit.examples import event
from tests.unit.handler_env import saves
from tests.unit.models import FULL, MODELS
from webhooks.event import EventKey
from webhooks.handlers import CreateOrderEvent, handler, save_record

ASSOCIATE = ("UpdateAssociateEvent", "CreateSubscriptionEvent", "EnrollmentEvent")


@pytest.fixture
def webhooks(cli_env: CliEnv) -> Command:
    """With the records of an associate and of a day."""
    for number, event_type in enumerate((*ASSOCIATE, "DailyEvent")):
        key = EventKey(f"m-{number}", "acme", event_type)
        cli_env.handlers.publish(event(json.dumps(FULL[event_type]), key))
        cli_env.handlers.work(saves(MODELS[event_type]))
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
    cli_env.handlers.work(saves(CreateOrderEvent))
    printed = cli_env.webhooks("records", "ORDER", "1", "--reveal", "--json").stdout
    assert '"OrderTotal": 12345678901234567.89' in printed
    assert f'"Long": {long}' in printed
    table = cli_env.webhooks("records", "ORDER", "1", "--reveal").stdout
    assert "12345678901234567.89" in table
    assert "[0.1" in table


def _about(webhooks: Command, thing: str, *options: str) -> list[tuple[str, str]]:
    listed = webhooks.json("events", "list", "--about", thing, *options)
    return [(each["message_id"], each["state"]) for each in listed]


@pytest.fixture
def order_1(cli_env: CliEnv) -> Command:
    """An order and its payment, and another order."""
    for number, (event_type, body) in enumerate(
        (
            ("CreateOrderEvent", '{"OrderNumber": 1}'),
            ("CreateOrderPaymentEvent", '{"OrderNumber": 1, "OrderPaymentId": 5}'),
            ("CreateOrderEvent", '{"OrderNumber": 2}'),
        )
    ):
        received_at = f"2026-10-24T11:0{number}:00.0000000Z"
        key = EventKey(f"m-{number}", "acme", event_type)
        cli_env.publish(event(body, key, received_at=received_at, queue="CreateOrderEvent"))
        cli_env.handlers.work(saves(MODELS[event_type]))
    return cli_env.webhooks


def test_events_of_one_thing_are_listed(order_1: Command) -> None:
    """Newest first, however old they are, with their states."""
    assert _about(order_1, "ORDER#1") == [("m-1", "handled"), ("m-0", "handled")]
    assert _about(order_1, "order#2") == [("m-2", "handled")]
    (row,) = cells(order_1("events", "list", "--about", "ORDER#2").stdout)
    assert row[1:] == ["CreateOrderEvent", "acme", "handled", "0", "m-2"]


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        (["--type", "CreateOrderEvent"], ["m-0"]),
        (["--state", "handled"], ["m-1", "m-0"]),
        (["--state", "failing"], []),
        (["--client", "other"], []),
        (["--since", "2026-10-24T11:01:00Z"], ["m-1"]),
        (["--until", "2026-10-24T11:01:00Z"], ["m-0"]),
        (["--since", "1h"], []),
        (["--limit", "1"], ["m-1"]),
    ],
)
def test_events_of_one_thing_are_chosen(options: list[str], ids: list[str], order_1: Command) -> None:
    assert [message_id for message_id, _ in _about(order_1, "ORDER#1", *options)] == ids
    stderr = order_1("events", "list", "--about", "ORDER#1", *options).stderr
    assert ("older ones: the same with --until 2026-10-24T11:01" in stderr) == ("--limit" in options)
    assert ("no such event in the record ORDER#1" in stderr) == (not ids)


def test_an_event_with_several_parts_is_listed_once(cli_env: CliEnv) -> None:
    @handler(CreateOrderEvent)
    def handle(event: CreateOrderEvent) -> None:
        for part in ("A", "B"):
            save_record(event, "PARCEL#1", part)

    cli_env.publish(event())
    cli_env.handlers.work(handle)
    assert len(_about(cli_env.webhooks, "PARCEL#1")) == 1


def test_an_expired_event_is_not_about_a_thing(cli_env: CliEnv) -> None:
    cli_env.handlers.publish(event())
    cli_env.handlers.work(saves(CreateOrderEvent))
    result = cli_env.webhooks("events", "list", "--about", "ORDER#1", "--json")
    assert (json.loads(result.stdout), "it has left the inbox, after 35 days" in result.stderr) == ([], True)


def test_nothing_is_about_a_missing_record(order_1: Command) -> None:
    assert "there is no record ORDER#9" in order_1.failure("events", "list", "--about", "ORDER#9")
