"""`webhooks status` and `subscriptions`."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from tests.cli.cli_env import ORDERS, TYPES, CliEnv, cells, order
from tests.contract.account import aws
from webhooks.aws import clients


@pytest.fixture(autouse=True)
def _event_sources(cli_env: CliEnv) -> None:
    """UpdateAssociateEvent is paused."""

    def listed(*, EventSourceArn: str) -> dict[str, Any]:  # noqa: N803 - AWS's name
        state = {"UpdateAssociateEvent": "Disabled"}.get(EventSourceArn.rpartition("-")[2], "Enabled")
        return {"EventSourceMappings": [{"State": state}]}

    lambda_client = SimpleNamespace(list_event_source_mappings=listed)
    cli_env.stack._clients["lambda"] = lambda_client  # noqa: SLF001 - there is no Lambda in this account


def _publish_age(seconds: int, minutes_ago: int) -> None:
    metric = {
        "MetricName": "ApproximateAgeOfOldestMessage",
        "Dimensions": [{"Name": "QueueName", "Value": "webhooks-events-CustomEvent"}],
        "Timestamp": datetime.now(UTC) - timedelta(minutes=minutes_ago),
        "Value": seconds,
    }
    aws("cloudwatch").put_metric_data(Namespace="AWS/SQS", MetricData=[metric])


def test_an_idle_stack(cli_env: CliEnv) -> None:
    idle = {"waiting": 0, "in_flight": 0, "dead_letters": 0, "oldest_seconds": None, "last_event": None}
    assert cli_env.webhooks.json("status") == {
        "stack": "webhooks",
        "endpoint": "https://api.example/webhooks",
        "event_types": [{"event_type": name, "paused": name == "UpdateAssociateEvent"} | idle for name in TYPES],
        "unpublished": {"count": 0, "oldest": None},
        "tokens": [{"label": "first", "last_use": None}],
    }


def test_a_busy_stack(cli_env: CliEnv) -> None:
    cli_env.give_up("m-0")
    cli_env.publish(order("m-1", minute=1))
    cli_env.fail(ValueError())
    cli_env.publish(order("m-2", minute=2))
    cli_env.accept(*(order(f"m-{number}", minute=number) for number in range(3, 20)))
    for minutes, seconds in ((3, 60), (1, 90), (20, 1000)):
        _publish_age(seconds, minutes)
    cli_env.logs.write("ingest", "2026-11-24 11:58:30.000", {"message": "accepted", "token_label": "first"})
    status = cli_env.webhooks.json("status")
    assert status["unpublished"] == {"count": 17, "oldest": "2026-11-24T11:03:00.0000000Z"}
    assert status["tokens"] == [{"label": "first", "last_use": "2026-11-24T11:58:30.000Z"}]
    assert cells(cli_env.webhooks("status").stdout) == [
        [ORDERS, "", "1", "1", "1", "", "41m ago"],
        ["UpdateAssociateEvent", "yes", "0", "0", "0", "", ""],
        ["CustomEvent", "", "0", "0", "0", "1m", ""],
        ["17", "57m ago"],
        ["first", "1m ago"],
    ]


def test_unreadable_tokens_say_what_to_check(cli_env: CliEnv) -> None:
    clients.secrets_manager().delete_secret(SecretId="webhooks/tokens", ForceDeleteWithoutRecovery=True)
    assert "check that you may read the secret webhooks/tokens" in cli_env.webhooks.failure("status")


def test_subscriptions_have_ids_and_urls(cli_env: CliEnv) -> None:
    url = "https://api.example/webhooks"
    assert cli_env.webhooks.json("subscriptions") == [
        {"event_type": ORDERS, "id": ORDERS, "url": f"{url}/{ORDERS}"},
        {"event_type": "UpdateAssociateEvent", "id": "3", "url": f"{url}/UpdateAssociateEvent"},
        {"event_type": "CustomEvent", "id": None, "url": url},
    ]
    assert f"{url}/UpdateAssociateEvent" in cli_env.webhooks("subscriptions").stdout
