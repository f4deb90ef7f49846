"""`webhooks logs`: what the functions say of an event, in order of time."""

import json
from datetime import UTC, datetime

import pytest

from tests.cli.command import Command
from tests.cli.deployed import Deployed
from tests.cli.insights import Insights, insights_of
from tests.unit.examples import event
from webhooks_cli.errors import ToolFailed
from webhooks_cli.times import moment
from webhooks_cli.token_use import last_use

KEY = {"message_id": "m-1", "event_type": "CreateOrderEvent", "client_id": "acme"}
IDS = KEY | {"correlation_id": "m-1 acme CreateOrderEvent"}
ACCEPTED = {"message": "accepted", "service": "ingest", "location": "_report:56", **IDS, "published": True}
HANDLED = {"message": "handled", "service": "CreateOrderEvent", "sqs_message_id": "m-9", **IDS}


@pytest.fixture
def logs(deployed: Deployed) -> Insights:
    return insights_of(deployed.stack)


@pytest.fixture
def webhooks(deployed: Deployed, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.setattr("time.sleep", lambda _: None)
    return Command(deployed.stack)


def test_the_lines_of_one_event_are_shown_from_ingest_to_handler(logs: Insights, webhooks: Command) -> None:
    logs.write("CreateOrderEvent", "2026-11-24 11:59:02.000", HANDLED)
    logs.write("ingest", "2026-11-24 11:59:00.000", ACCEPTED)
    logs.write("ingest", "2026-11-24 11:59:01.000", ACCEPTED | {"message_id": "m-10"})
    logs.write("ingest", "2026-11-24 11:59:01.000", {"message": "accepted", "sqs_message_id": "m-1"})
    assert webhooks("logs", "--id", "m-1").stdout.splitlines() == [
        "2026-11-24T11:59:00.000Z  ingest  accepted  m-1 acme CreateOrderEvent  published=true",
        "2026-11-24T11:59:02.000Z  CreateOrderEvent  handled  m-1 acme CreateOrderEvent",
    ]


def test_of_one_moment_the_line_of_ingest_comes_first(logs: Insights, webhooks: Command) -> None:
    logs.write("CreateOrderEvent", "2026-11-24 11:59:00.000", HANDLED)
    logs.write("ingest", "2026-11-24 11:59:00.000", ACCEPTED)
    assert [line.split()[1] for line in webhooks("logs").stdout.splitlines()] == ["ingest", "CreateOrderEvent"]


def test_the_time_of_a_line_is_when_it_was_written_and_not_when_insights_took_it_in(
    logs: Insights, webhooks: Command
) -> None:
    logs.write("CreateOrderEvent", "2026-11-24 11:59:00.000", HANDLED)
    logs.write("ingest", "2026-11-24 11:59:01.000", ACCEPTED | {"timestamp": "2026-11-24 11:58:59,123+0000"})
    assert [line[:24] for line in webhooks("logs").stdout.splitlines()] == [
        "2026-11-24T11:58:59.123Z",
        "2026-11-24T11:59:00.000Z",
    ]


def test_for_scripts_each_line_is_a_json_object_with_all_its_fields(logs: Insights, webhooks: Command) -> None:
    logs.write("CreateOrderEvent", "2026-11-24 11:59:00.000", HANDLED | {"stack": ["a", "b"]})
    (line,) = webhooks("logs", "--json").stdout.splitlines()
    told = json.loads(line)
    assert told["stack"] == ["a", "b"]
    assert told.items() >= {"at": "2026-11-24T11:59:00.000Z", "function": "CreateOrderEvent", **HANDLED}.items()


def test_a_function_that_crashed_is_shown_and_what_lambda_says_otherwise_is_not(
    logs: Insights, webhooks: Command
) -> None:
    logs.write("ingest", "2026-11-24 11:59:00.000", "START RequestId: 1")
    logs.write("ingest", "2026-11-24 11:59:01.000", '{"_aws":{},"service":"ingest","Accepted":[1.0]}')
    logs.write("ingest", "2026-11-24 11:59:02.000", "2026-11-24T11:59:02Z 1 Task timed out after 29.00 seconds\n")
    logs.write("ingest", "2026-11-24 11:59:03.000", "[ERROR] ImportError\x1b[2J")
    assert webhooks("logs").stdout.splitlines() == [
        "2026-11-24T11:59:02.000Z  ingest  2026-11-24T11:59:02Z 1 Task timed out after 29.00 seconds",
        "2026-11-24T11:59:03.000Z  ingest  [ERROR] ImportError�[2J",
    ]


def test_the_lines_of_a_type_are_looked_for_where_they_can_be(logs: Insights, webhooks: Command) -> None:
    logs.write("CreateOrderEvent", "2026-11-24 11:59:00.000", HANDLED)
    logs.write("CreateOrderEvent", "2026-11-24 11:59:00.000", '{"_aws":{},"event_type":"CreateOrderEvent"}')
    logs.write("CustomEvent", "2026-11-24 11:59:01.000", HANDLED | {"event_type": "BonusEvent"})
    assert len(webhooks("logs", "--type", "CreateOrderEvent").stdout.splitlines()) == 1
    assert len(webhooks("logs", "--type", "BonusEvent").stdout.splitlines()) == 1
    assert [query["logGroupNames"] for query in logs.queries] == [
        [f"/aws/lambda/webhooks-{function}" for function in ("ingest", "relay", handler)]
        for handler in ("CreateOrderEvent", "CustomEvent")
    ]


@pytest.mark.parametrize("message_id", ['a"b', "a/b", "a.b", "a|b", "a\\b", "(a", "sha256:00"])
def test_an_id_is_looked_for_to_the_letter(message_id: str, logs: Insights, webhooks: Command) -> None:
    for each in (message_id, "aXb"):
        logs.write("ingest", "2026-11-24 11:59:00.000", ACCEPTED | {"message_id": each})
    (line,) = webhooks("logs", "--id", message_id, "--json").stdout.splitlines()
    assert json.loads(line)["message_id"] == message_id


@pytest.mark.parametrize(
    ("arguments", "begin"),
    [
        ([], "2026-11-24T11:00:00+00:00"),
        (["--since", "2h"], "2026-11-24T10:00:00+00:00"),
        (["--id", "m-1"], "2026-11-20T08:00:00+00:00"),
        (["--id", "m-1", "--since", "2h"], "2026-11-24T10:00:00+00:00"),
        (["--id", "never-came"], "2026-11-24T11:00:00+00:00"),
    ],
)
def test_an_events_lines_are_looked_for_since_it_came_in_and_others_for_an_hour(
    arguments: list[str], begin: str, logs: Insights, webhooks: Command, deployed: Deployed
) -> None:
    deployed.accept(event(received_at="2026-11-20T08:00:00.0000000Z"))
    result = webhooks("logs", *arguments)
    assert [datetime.fromtimestamp(query["startTime"], UTC).isoformat() for query in logs.queries] == [begin]
    assert (result.exit_code, result.stdout) == (0, "")
    assert "no such line since" in result.stderr


def test_of_many_lines_the_last_are_shown_and_it_is_said_so(logs: Insights, webhooks: Command) -> None:
    for second in range(5):
        logs.write("ingest", f"2026-11-24 11:59:0{second}.000", ACCEPTED)
    result = webhooks("logs", "--limit", "2")
    assert [line[17:19] for line in result.stdout.splitlines()] == ["03", "04"]
    assert "these are the last 2" in result.stderr
    assert "these are the last" not in webhooks("logs", "--limit", "6").stderr


def test_more_functions_than_one_query_takes_are_asked_about_in_several(
    logs: Insights, webhooks: Command, deployed: Deployed
) -> None:
    vars(deployed.stack)["event_types"] = tuple(f"Type{number}Event" for number in range(60))
    logs.write("ingest", "2026-11-24 11:59:00.000", ACCEPTED)
    logs.write("Type59Event", "2026-11-24 11:59:01.000", HANDLED)
    assert len(webhooks("logs").stdout.splitlines()) == 2
    assert [len(query["logGroupNames"]) for query in logs.queries] == [50, 12]


def test_lines_that_come_later_are_followed_and_none_is_shown_twice(
    logs: Insights, webhooks: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = iter(["2026-11-24 11:59:30.000", "2026-11-24 11:59:29.000"])

    def wait(seconds: float) -> None:
        if seconds < 1:
            return  # for Insights
        for at in later:
            logs.write("CreateOrderEvent", at, HANDLED)
            return
        raise KeyboardInterrupt

    monkeypatch.setattr("time.sleep", wait)
    logs.write("ingest", "2026-11-24 11:59:20.000", ACCEPTED)
    result = webhooks("logs", "--follow", "--since", "2h")
    assert [line[17:19] for line in result.stdout.splitlines()] == ["20", "30", "29"]
    assert result.exit_code == 130
    begins = [datetime.fromtimestamp(query["startTime"], UTC).isoformat()[11:16] for query in logs.queries]
    assert begins == ["10:00", "11:59", "11:59"]


def test_a_query_that_insights_gives_up_is_a_failure_with_the_next_step(logs: Insights, webhooks: Command) -> None:
    logs.ends_as = "Timeout"
    failure = webhooks("logs").exception
    assert isinstance(failure, ToolFailed)
    assert "a shorter span of time may help" in str(failure)


def test_when_a_token_was_last_used_is_found_by_its_label(logs: Insights, deployed: Deployed) -> None:
    for second, label in enumerate(["first", "first", "other"]):
        logs.write("ingest", f"2026-11-24 11:59:0{second}.000", ACCEPTED | {"token_label": label})
    assert last_use(deployed.stack, "first", moment("1h")) == "2026-11-24T11:59:01.000Z"
    assert logs.queries[0]["startTime"] == datetime(2026, 11, 24, 11, tzinfo=UTC).timestamp()
    assert last_use(deployed.stack, "firs", moment("1h")) is None
