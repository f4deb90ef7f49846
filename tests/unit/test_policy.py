"""The durations of webhooks.policy against each other, and against what the pages promise."""

import math
from typing import Any

import pytest

from tests.contract.account import account
from tests.unit.endpoint import ORDER, deploy
from tests.unit.examples import ROOT
from webhooks import policy
from webhooks.aws import clients

API_GATEWAY_TIMEOUT = 30
TWELVE_HOURS = 12 * 3600
RETRY_PAUSE = 1
"""botocore's standard mode waits up to 2 ** (attempt - 1) s after an attempt: after the first, up to 1 s."""

SLOWEST_CALL = policy.ATTEMPTS * (policy.CONNECT_TIMEOUT + policy.READ_TIMEOUT) + RETRY_PAUSE
ORDINALS = ["zeroth", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"]
NUMBERS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]


def shown(seconds: float) -> str:
    """A duration as the pages state it, in its largest unit."""
    for unit, size in (("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:g} {unit}"
    return f"{seconds:g} s"


def minutes(seconds: float) -> str:
    """The whole minutes after which something happens that is looked at each minute, as a word."""
    return NUMBERS[math.ceil(seconds / 60)]


*delays, last = map(shown, policy.SCHEDULE)
SCHEDULE = f"retried after {', '.join(delays)} and {last}"
PROMISES = [
    ("README.md", SCHEDULE),
    ("README.md", f"After the {ORDINALS[len(delays) + 2]} failure it is a dead letter"),
    ("README.md", f"larger than {policy.BODY_LIMIT / 1e6:g} MB, or than {policy.TRANSIT_LIMIT / 1e6:g} MB"),
    ("README.md", f"A run may take {policy.HANDLER_TIMEOUT} seconds"),
    ("docs/runbook.md", SCHEDULE),
    ("docs/runbook.md", f"{ORDINALS[len(delays) + 2]} failure, after the {ORDINALS[policy.MOST_DEATHS]} death"),
    ("docs/runbook.md", f"killed {NUMBERS[policy.MOST_DEATHS]} times is a dead letter"),
    ("docs/runbook.md", f"in their queue, for up to {policy.QUEUE_RETENTION / 86400:g} days"),
    ("docs/runbook.md", f"The relay looks every {minutes(policy.LOOK_EVERY)} minutes"),
    ("docs/runbook.md", f"more than {policy.SLOW:.0%}".replace("%", " %") + " of their timeout"),
    ("docs/runbook.md", f"Wait {policy.TOKENS_REFRESH_PAUSE:g} seconds. Then the token is accepted"),
    ("docs/runbook.md", f"Within {minutes(policy.TOKENS_FRESH_FOR)} minutes it is refused"),
    ("docs/senders.md", f"at most {policy.BODY_LIMIT / 1e6:g} MB decompressed"),
    ("README.md", f"chooses the delay, at most {policy.LONGEST_DELAY:,} seconds"),
]


def test_the_pages_promise_the_policy() -> None:
    pages = {page: (ROOT / page).read_text() for page, _ in PROMISES}
    assert [(page, promise) for page, promise in PROMISES if promise not in pages[page]] == []


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


def test_ingest_calls_on_while_two_calls_fit() -> None:
    """One to a further queue, and one to mark what was sent; with a longer margin the relay would have more to do."""
    assert math.floor(2 * SLOWEST_CALL) + 1 == policy.PUBLISH_MARGIN


def test_ingest_responds_in_time_however_slow_aws_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """The slowest delivery is a large event that finds the tokens stale."""
    calls: list[str] = []
    assert policy.ATTEMPTS == 2, "the pause after a later attempt is longer"
    with account():
        endpoint = deploy(monkeypatch)
        for client in (clients.secrets_manager(), clients.s3(), clients.dynamodb(), clients.sqs()):
            _check_timeouts(client)
            client.meta.events.register("before-call", lambda model, **_: calls.append(model.name))
        endpoint.post(ORDER.ljust(policy.INLINE_LIMIT + 1))
    assert calls
    assert len(calls) * SLOWEST_CALL < policy.INGEST_TIMEOUT


def _check_timeouts(client: Any) -> None:
    config = client.meta.config
    assert (config.connect_timeout, config.read_timeout) == (policy.CONNECT_TIMEOUT, policy.READ_TIMEOUT)
    assert (config.retries["mode"], config.retries["total_max_attempts"]) == ("standard", policy.ATTEMPTS)
