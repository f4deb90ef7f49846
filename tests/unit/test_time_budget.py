"""Whether the time-outs add up: what a function waits for AWS at worst ends before the function does."""

from typing import Any

from tests.unit.endpoint import Endpoint
from tests.unit.functions import load
from tools.template import load_template
from webhooks.aws import clients
from webhooks.aws.clients import CONFIG
from webhooks.policy import INLINE_LIMIT

API_GATEWAY_SECONDS = 30
PAUSE_SECONDS = 1
"""botocore's standard retry mode waits up to 2 ** (attempt - 1) s after an attempt; after the first, up to 1 s."""

WORST_DELIVERY = ["GetSecretValue", "PutObject", "PutItem", "SendMessage", "UpdateItem"]
"""The calls of a large event that comes when the tokens are to be read again: no delivery makes more."""


def _every_client() -> list[Any]:
    return [clients.secrets_manager(), clients.s3(), clients.dynamodb(), clients.sqs()]


def test_no_delivery_makes_more_calls(endpoint: Endpoint) -> None:
    made: list[str] = []
    for client in _every_client():
        client.meta.events.register("before-call", lambda model, **_: made.append(model.name))
    endpoint.post('{"EventType":"CreateOrderEvent"}'.ljust(INLINE_LIMIT + 1))
    assert made == WORST_DELIVERY


def test_every_client_has_these_time_outs(endpoint: Endpoint) -> None:  # noqa: ARG001 - its account
    for client in _every_client():
        config: Any = client.meta.config
        assert (config.connect_timeout, config.read_timeout) == (CONFIG.connect_timeout, CONFIG.read_timeout)  # type: ignore[attr-defined]


def _longest_call() -> float:
    config: Any = CONFIG
    attempts = config.retries["total_max_attempts"]
    assert config.retries["mode"] == "standard"
    assert attempts == 2, "the pause after a later attempt is longer"
    return float(attempts * (config.connect_timeout + config.read_timeout) + (attempts - 1) * PAUSE_SECONDS)


def _timeout(function: str) -> int:
    return int(load_template()["Resources"][function]["Properties"]["Timeout"])


def test_ingest_answers_before_its_time_is_up_however_slow_aws_is() -> None:
    assert len(WORST_DELIVERY) * _longest_call() < _timeout("IngestFunction")


def test_ingest_ends_before_api_gateway_gives_up() -> None:
    assert _timeout("IngestFunction") < API_GATEWAY_SECONDS


def test_the_relay_touches_no_event_that_ingest_may_still_have_in_hand() -> None:
    assert load("relay").INGEST_LIVES.total_seconds() > _timeout("IngestFunction")


def test_a_relay_ends_before_the_next_one_begins() -> None:
    assert _timeout("RelayFunction") < 60
