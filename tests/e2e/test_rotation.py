"""A token is replaced during deliveries: none is refused, and the log shows when the old one is out of use."""

import json
import secrets
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.e2e.workers import forget
from tools.local.client import post, wait_until
from tools.local.stack import LocalStack
from webhooks_cli.operations.endpoint import Answer, Request

DELIVERIES = 200
CONCURRENT = 4
CLIENT = "rotation"
NEW_LABEL = "second"

type Sent = tuple[str, str, int]
"""Message id, token and status of a delivery."""


@dataclass(slots=True)
class Sender:
    """Delivers events with its current token, some at once."""

    stack: LocalStack
    token: str
    sent: list[Sent] = field(default_factory=list)

    @contextmanager
    def delivering(self) -> Iterator[None]:
        """Deliver for the length of the block."""
        ended = threading.Event()
        with ThreadPoolExecutor(CONCURRENT) as pool:
            threads = [pool.submit(self._deliver_until, ended) for _ in range(CONCURRENT)]
            try:
                yield
            finally:
                ended.set()
        for thread in threads:
            thread.result()

    def wait_for(self, deliveries: int) -> None:
        """Wait until that many deliveries have an answer."""
        wait_until(lambda: len(self.sent), lambda sent: sent >= deliveries, f"{deliveries} deliveries", seconds=120)

    def _deliver_until(self, ended: threading.Event) -> None:
        while not ended.is_set():
            token, message_id = self.token, str(uuid.uuid4())
            self.sent.append((message_id, token, deliver(self.stack, token, message_id).status))


@dataclass(frozen=True, slots=True)
class Rotation:
    """What a rotation led to: labels by token, deliveries, the lines of ingest's log."""

    labels: dict[str, str]
    sent: list[Sent]
    lines: list[dict[str, Any]]
    before_removal: int
    """The number of deliveries that were answered before the old token was removed."""


@pytest.fixture(scope="module")
def rotation(stack: LocalStack) -> Iterator[Rotation]:
    """Add a token, switch to it, wait until the old one is out of use, remove that."""
    started, tokens = int(time.time() * 1000), read_tokens(stack)
    new = secrets.token_urlsafe(36)
    sender = Sender(stack, stack.token)
    try:
        with sender.delivering():
            sender.wait_for(DELIVERIES * 2 // 5)
            write_tokens(stack, tokens | {NEW_LABEL: new})
            sender.token = new
            sender.wait_for(DELIVERIES * 3 // 5)
            wait_until(lambda: labels_in_use(stack, started), lambda used: used == {NEW_LABEL}, "the new token only")
            before_removal = len(sender.sent)
            others = {label: token for label, token in tokens.items() if token != stack.token}
            write_tokens(stack, others | {NEW_LABEL: new})
            sender.wait_for(max(DELIVERIES, before_removal + DELIVERIES // 5))
        labels = {stack.token: "first", new: NEW_LABEL}
        yield Rotation(labels, sender.sent, log_of_ingest(stack, started), before_removal)
    finally:
        write_tokens(stack, tokens)
        forget(stack, "ingest")


def test_no_delivery_is_refused(rotation: Rotation) -> None:
    assert {status for _, _, status in rotation.sent} == {200}
    labels = [rotation.labels[token] for _, token, _ in rotation.sent]
    assert len(labels) >= DELIVERIES
    assert set(labels[: rotation.before_removal]) == {"first", NEW_LABEL}
    assert set(labels[rotation.before_removal :]) == {NEW_LABEL}


def test_a_new_process_refuses_the_removed_token(stack: LocalStack, rotation: Rotation) -> None:
    """A process that has read the token accepts it for five more minutes."""
    forget(stack, "ingest")
    statuses = {label: deliver(stack, token, str(uuid.uuid4())).status for token, label in rotation.labels.items()}
    assert statuses == {"first": 401, NEW_LABEL: 200}


def test_each_delivery_is_logged_and_counted_by_label(rotation: Rotation) -> None:
    sent = {message_id: rotation.labels[token] for message_id, token, _ in rotation.sent}
    logged = {line["message_id"]: line["token_label"] for line in rotation.lines if line.get("client_id") == CLIENT}
    assert logged == sent
    counts: Counter[str] = Counter()
    for line in rotation.lines:
        for metric in line.get("_aws", {}).get("CloudWatchMetrics", []):
            if metric["Metrics"][0]["Name"] == "TokenUsed":
                assert metric["Dimensions"] == [["token_label"]]
                counts[line["token_label"]] += int(sum(line["TokenUsed"]))
    assert counts == Counter(sent.values())


def deliver(stack: LocalStack, token: str, message_id: str) -> Answer:
    headers = {"X-Directscale-Client-Id": CLIENT, "X-Directscale-Message-Id": message_id}
    body = {"EventType": "DailyEvent", "EventDateUtc": "1999-12-31T00:00:00Z"}
    return post(stack, Request(headers, json.dumps(body).encode()).with_token(token))


def labels_in_use(stack: LocalStack, since: int) -> set[str]:
    """The labels of the last deliveries' tokens."""
    labels = [line["token_label"] for line in log_of_ingest(stack, since) if line.get("client_id") == CLIENT]
    return set(labels[-10 * CONCURRENT :])


def log_of_ingest(stack: LocalStack, since: int) -> list[dict[str, Any]]:
    """The structured lines since a time in milliseconds, metrics included."""
    group = f"/aws/lambda/{stack.name}-ingest"
    found = stack.emulator.client("logs").filter_log_events(logGroupName=group, startTime=since)
    return [json.loads(event["message"]) for event in found["events"] if event["message"].startswith("{")]


def read_tokens(stack: LocalStack) -> dict[str, str]:
    """The accepted tokens by label."""
    secret = stack.emulator.client("secretsmanager").get_secret_value(SecretId=stack.outputs["TokensSecret"])
    return dict(json.loads(secret["SecretString"]))


def write_tokens(stack: LocalStack, tokens: dict[str, str]) -> None:
    """Replace the accepted tokens."""
    stack.emulator.client("secretsmanager").put_secret_value(
        SecretId=stack.outputs["TokensSecret"], SecretString=json.dumps(tokens)
    )
