"""`webhooks status`: how the stack fares."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from tests.cli.command import Command
from tests.cli.deployed import TYPES, Deployed
from tests.cli.insights import Insights, insights_of
from tests.cli.orders import cells
from tests.contract.account import aws, create_dead_letters
from tests.unit.examples import event
from webhooks.aws import clients
from webhooks.event import EventKey
from webhooks.retries import DeadLetter
from webhooks_cli.errors import ToolFailed


@pytest.fixture
def logs(deployed: Deployed, monkeypatch: pytest.MonkeyPatch) -> Insights:
    monkeypatch.setattr("time.sleep", lambda _: None)
    for event_type in TYPES[1:]:
        create_dead_letters(event_type)
    deployed.stack._clients["lambda"] = SimpleNamespace(  # noqa: SLF001 - where its clients are kept
        list_event_source_mappings=_sources
    )
    return insights_of(deployed.stack)


def _sources(*, EventSourceArn: str) -> dict[str, Any]:  # noqa: N803 - AWS's name
    state = {"UpdateAssociateEvent": "Disabled"}.get(EventSourceArn.rpartition("-")[2], "Enabled")
    return {"EventSourceMappings": [{"State": state}]}


def _tell_age(seconds: int, minutes_ago: int) -> None:
    aws("cloudwatch").put_metric_data(
        Namespace="AWS/SQS",
        MetricData=[
            {
                "MetricName": "ApproximateAgeOfOldestMessage",
                "Dimensions": [{"Name": "QueueName", "Value": "webhooks-events-CustomEvent"}],
                "Timestamp": datetime.now(UTC) - timedelta(minutes=minutes_ago),
                "Value": seconds,
            }
        ],
    )


@pytest.fixture
def webhooks(deployed: Deployed, logs: Insights) -> Command:  # noqa: ARG001 - what status asks too
    return Command(deployed.stack)


def _types(webhooks: Command) -> dict[str, dict[str, Any]]:
    return {told.pop("event_type"): told for told in webhooks.json("status")["event_types"]}


def test_an_idle_stack_tells_of_every_type_and_token(webhooks: Command) -> None:
    told = webhooks.json("status")
    idle = {"waiting": 0, "in_flight": 0, "dead_letters": 0, "oldest_seconds": None, "last_event": None}
    assert told == {
        "stack": "webhooks",
        "endpoint": "https://api.example/webhooks",
        "event_types": [{"event_type": name, "paused": name == "UpdateAssociateEvent"} | idle for name in TYPES],
        "unpublished": {"count": 0, "oldest": None},
        "tokens": [{"label": "first", "last_use": None}],
    }


def test_each_queue_is_counted_and_the_last_event_of_each_type_told(deployed: Deployed, webhooks: Command) -> None:
    events = [
        event(
            key=EventKey(f"m-{number}", "acme", "CreateOrderEvent"), received_at=f"2026-11-24T11:00:0{number}.0000000Z"
        )
        for number in range(3)
    ]
    deployed.publish(events[0])
    deployed.fail(DeadLetter("no such order"))
    deployed.publish(events[1])
    deployed.fail(ValueError())
    deployed.publish(events[2])
    assert _types(webhooks)["CreateOrderEvent"] == {
        "paused": False,
        "waiting": 1,
        "in_flight": 1,
        "dead_letters": 1,
        "oldest_seconds": None,
        "last_event": "2026-11-24T11:00:02.0000000Z",
    }


def test_the_age_of_a_queues_oldest_message_is_the_latest_that_cloudwatch_tells(webhooks: Command) -> None:
    for minutes, seconds in ((3, 60), (1, 90), (20, 1000)):
        _tell_age(seconds, minutes)
    assert {name: told["oldest_seconds"] for name, told in _types(webhooks).items()} == {
        "CreateOrderEvent": None,
        "UpdateAssociateEvent": None,
        "CustomEvent": 90,
    }


def test_what_is_unpublished_is_counted_over_all_shards_and_the_oldest_told(
    deployed: Deployed, webhooks: Command
) -> None:
    for number in range(20):
        at = f"2026-11-24T11:00:{number:02}.0000000Z"
        deployed.accept(event(key=EventKey(f"m-{number}", "acme", "CreateOrderEvent"), received_at=at))
    assert webhooks.json("status")["unpublished"] == {"count": 20, "oldest": "2026-11-24T11:00:00.0000000Z"}


def test_a_token_tells_when_it_was_last_used_and_never_itself(logs: Insights, webhooks: Command) -> None:
    logs.write("ingest", "2026-11-24 11:59:01.000", {"message": "accepted", "token_label": "first"})
    result = webhooks("status", "--json")
    assert '"last_use": "2026-11-24T11:59:01.000Z"' in result.stdout
    assert "a-token" not in result.stdout


def test_people_see_tables(deployed: Deployed, logs: Insights, webhooks: Command) -> None:
    deployed.accept(event(received_at="2026-11-24T11:00:00.0000000Z"))
    logs.write("ingest", "2026-11-24 11:59:01.000", {"message": "accepted", "token_label": "first"})
    _tell_age(150, minutes_ago=1)
    assert cells(webhooks("status").stdout) == [
        ["CreateOrderEvent", "", "0", "0", "0", "", "1h ago"],
        ["UpdateAssociateEvent", "yes", "0", "0", "0", "", ""],
        ["CustomEvent", "", "0", "0", "0", "2m", ""],
        ["1", "1h ago"],
        ["first", "59s ago"],
    ]


def test_tokens_that_cannot_be_read_are_a_failure_with_the_next_step(webhooks: Command) -> None:
    clients.secrets_manager().delete_secret(SecretId="webhooks/tokens", ForceDeleteWithoutRecovery=True)
    failure = webhooks("status").exception
    assert isinstance(failure, ToolFailed)
    assert "check that you may read the secret webhooks/tokens" in str(failure)
