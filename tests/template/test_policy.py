"""webhooks.policy against the template, and its durations against each other."""

from typing import Any

import pytest

from tests.contract.account import account
from tests.unit.endpoint import ORDER, deploy
from tools.template import event_types, resources
from webhooks import policy
from webhooks.aws import clients

API_GATEWAY_TIMEOUT = 30
TWELVE_HOURS = 12 * 3600
RETRY_PAUSE = 1
"""botocore's standard mode waits up to 2 ** (attempt - 1) s after an attempt: after the first, up to 1 s."""

PROPERTIES = {name: resource.get("Properties", {}) for name, resource in resources().items()}
TYPE = event_types()[0]
QUEUE, DEAD_LETTERS = PROPERTIES[f"{TYPE}Queue"], PROPERTIES[f"{TYPE}DeadLetters"]


def test_the_policy_is_that_of_the_template() -> None:
    deployed = {
        "INGEST_TIMEOUT": PROPERTIES["IngestFunction"]["Timeout"],
        "RELAY_TIMEOUT": PROPERTIES["RelayFunction"]["Timeout"],
        "HANDLER_TIMEOUT": PROPERTIES[f"{TYPE}Handler"]["Timeout"],
        "VISIBILITY_TIMEOUT": QUEUE["VisibilityTimeout"],
        "MAX_RECEIVES": QUEUE["RedrivePolicy"]["maxReceiveCount"],
        "QUEUE_RETENTION": QUEUE["MessageRetentionPeriod"],
    }
    assert deployed == {name: getattr(policy, name) for name in deployed}
    assert DEAD_LETTERS["MessageRetentionPeriod"] == policy.QUEUE_RETENTION


def test_functions_end_before_what_waits_for_them() -> None:
    assert policy.INGEST_TIMEOUT < API_GATEWAY_TIMEOUT
    assert policy.INGEST_TIMEOUT < policy.INGEST_OWNS_FOR, "the relay publishes no event that ingest still handles"
    assert policy.RELAY_TIMEOUT < 60, "the next relay starts a minute later"
    assert policy.VISIBILITY_TIMEOUT >= 6 * policy.HANDLER_TIMEOUT, "as AWS advises"


def test_the_schedule_ends_before_sqs_gives_up() -> None:
    """With as many receives again, for those that are not failures: a killed handler, or no time left."""
    assert 2 * (len(policy.SCHEDULE) + 1) <= policy.MAX_RECEIVES
    assert sum(policy.SCHEDULE) < policy.QUEUE_RETENTION
    assert max(*policy.SCHEDULE, policy.LONGEST_DELAY) < TWELVE_HOURS


def test_ingest_responds_in_time_however_slow_aws_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """The slowest delivery is a large event that finds the tokens stale."""
    calls: list[str] = []
    longest = policy.ATTEMPTS * (policy.CONNECT_TIMEOUT + policy.READ_TIMEOUT) + (policy.ATTEMPTS - 1) * RETRY_PAUSE
    assert policy.ATTEMPTS == 2, "the pause after a later attempt is longer"
    with account():
        endpoint = deploy(monkeypatch)
        for client in (clients.secrets_manager(), clients.s3(), clients.dynamodb(), clients.sqs()):
            _check_timeouts(client)
            client.meta.events.register("before-call", lambda model, **_: calls.append(model.name))
        endpoint.post(ORDER.ljust(policy.INLINE_LIMIT + 1))
    assert calls
    assert len(calls) * longest < policy.INGEST_TIMEOUT


def _check_timeouts(client: Any) -> None:
    config = client.meta.config
    assert (config.connect_timeout, config.read_timeout) == (policy.CONNECT_TIMEOUT, policy.READ_TIMEOUT)
    assert (config.retries["mode"], config.retries["total_max_attempts"]) == ("standard", policy.ATTEMPTS)
