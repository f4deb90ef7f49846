"""`webhooks status` and `subscriptions`."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from tests.cli.cli_env import ORDERS, TYPES, CliEnv, cells, order
from tests.contract.account import aws
from webhooks.aws import clients
from webhooks.aws.inbox_table import SHARDS


@pytest.fixture(autouse=True)
def _event_sources(cli_env: CliEnv) -> None:
    """UpdateAssociateEvent is paused."""
    sources = [
        {"EventSourceArn": f"arn:aws:sqs:us-east-1:123456789012:webhooks-events-{name}", "State": state}
        for name, state in zip(TYPES, ("Enabled", "Disabled", "Enabled"), strict=True)
    ]
    pages = SimpleNamespace(paginate=lambda: [{"EventSourceMappings": [source]} for source in sources])
    lambda_client = SimpleNamespace(get_paginator=lambda _: pages)
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
        "retired": [],
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
    cli_env.use_token("first", "2026-11-24T11:58:30Z")
    status = cli_env.webhooks.json("status")
    assert status["unpublished"] == {"count": 17, "oldest": "2026-11-24T11:03:00.0000000Z"}
    assert status["tokens"] == [{"label": "first", "last_use": "2026-11-24T11:55:00.0000000Z"}]
    assert cells(cli_env.webhooks("status").stdout) == [
        [ORDERS, "", "1", "1", "1", "", "41m ago"],
        ["UpdateAssociateEvent", "yes", "0", "0", "0", "", ""],
        ["CustomEvent", "", "0", "0", "0", "1m", ""],
        ["17", "57m ago"],
        ["first", "5m ago"],
    ]


def test_the_status_takes_few_calls(cli_env: CliEnv) -> None:
    """At most 70 with the vendor's 15 types."""
    calls = Counter[str]()
    for service in ("sqs", "dynamodb", "cloudwatch", "secretsmanager"):
        events = cli_env.stack.client(service).meta.events
        events.register("before-call.*.*", lambda model, **_: calls.update([model.name]))
    cli_env.webhooks.json("status")
    assert not cli_env.logs.queries
    by_type = calls["GetQueueAttributes"] + calls["Query"] - SHARDS
    assert by_type == 3 * len(TYPES)
    not_counted = 4  # DescribeStacks, ListEventSourceMappings, DescribeStackResource, DescribeTable
    assert calls.total() - by_type + 3 * 15 + not_counted <= 70


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
