"""A token is replaced while deliveries go on: none is refused, and the log tells when the old one is out of use."""

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

DELIVERIES = 500
AT_ONCE = 4
CLIENT = "rotation"
NEW_LABEL = "second"


@dataclass(slots=True)
class Sender:
    """Delivers one event after the other, a few at once, with the token that it is set to; what was answered to each.

    Each answer: the message id, the token and the status.
    """

    stack: LocalStack
    token: str
    answers: list[tuple[str, str, int]] = field(default_factory=list)

    @contextmanager
    def delivering(self) -> Iterator[None]:
        """Go on for the length of the block."""
        ended = threading.Event()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            lanes = [pool.submit(self._deliver_until, ended) for _ in range(AT_ONCE)]
            try:
                yield
            finally:
                ended.set()
        for lane in lanes:
            lane.result()

    def wait_for(self, answers: int) -> None:
        """Until so many deliveries are answered."""
        wait_until(lambda: len(self.answers), lambda seen: seen >= answers, f"{answers} deliveries", seconds=120)

    def _deliver_until(self, ended: threading.Event) -> None:
        while not ended.is_set():
            token, message_id = self.token, str(uuid.uuid4())
            self.answers.append((message_id, token, deliver(self.stack, token, message_id).status))


@dataclass(frozen=True, slots=True)
class Rotation:
    """What was seen of a rotation: the labels by token, the sender's answers, and the lines of ingest's log."""

    labels: dict[str, str]
    answers: list[tuple[str, str, int]]
    lines: list[dict[str, Any]]
    retired: int
    """How many deliveries were answered before the old token was taken out of the secret."""


@pytest.fixture(scope="module")
def rotation(stack: LocalStack) -> Iterator[Rotation]:
    """The operator's part, with the sender at work: add, switch, wait until the old one is out of use, retire."""
    started, tokens = int(time.time() * 1000), read(stack)
    new = secrets.token_urlsafe(36)
    sender = Sender(stack, stack.token)
    try:
        with sender.delivering():
            sender.wait_for(DELIVERIES * 2 // 5)
            write(stack, tokens | {NEW_LABEL: new})
            sender.token = new
            sender.wait_for(DELIVERIES * 3 // 5)
            wait_until(lambda: labels_in_use(stack, started), lambda seen: seen == {NEW_LABEL}, "the old one rests")
            retired = len(sender.answers)
            write(stack, {label: token for label, token in tokens.items() if token != stack.token} | {NEW_LABEL: new})
            sender.wait_for(max(DELIVERIES, retired + DELIVERIES // 5))
        yield Rotation({stack.token: "first", new: NEW_LABEL}, sender.answers, logged(stack, started), retired)
    finally:
        write(stack, tokens)
        forget(stack, "ingest")


def test_no_delivery_is_refused(rotation: Rotation) -> None:
    assert {status for _, _, status in rotation.answers} == {200}
    used = [rotation.labels[token] for _, token, _ in rotation.answers]
    assert len(used) >= DELIVERIES
    assert set(used[: rotation.retired]) == {"first", NEW_LABEL}
    assert set(used[rotation.retired :]) == {NEW_LABEL}


def test_the_retired_token_is_refused_once_the_secret_is_read_again(stack: LocalStack, rotation: Rotation) -> None:
    """A process that has read it before the token was retired accepts it for five minutes more; these are new ones."""
    forget(stack, "ingest")
    told = {label: deliver(stack, token, str(uuid.uuid4())).status for token, label in rotation.labels.items()}
    assert told == {"first": 401, NEW_LABEL: 200}


def test_each_delivery_is_logged_and_counted_under_the_label_of_its_token(rotation: Rotation) -> None:
    sent = {message_id: rotation.labels[token] for message_id, token, _ in rotation.answers}
    logged = {line["message_id"]: line["token_label"] for line in rotation.lines if line.get("client_id") == CLIENT}
    assert logged == sent
    counted: Counter[str] = Counter()
    for line in rotation.lines:
        for told in line.get("_aws", {}).get("CloudWatchMetrics", []):
            if told["Metrics"][0]["Name"] == "TokenUsed":
                assert told["Dimensions"] == [["token_label"]]
                counted[line["token_label"]] += int(sum(line["TokenUsed"]))
    assert counted == Counter(sent.values())


def deliver(stack: LocalStack, token: str, message_id: str) -> Answer:
    """One event that nobody has seen before."""
    headers = {"X-Directscale-Client-Id": CLIENT, "X-Directscale-Message-Id": message_id}
    body = {"EventType": "DailyEvent", "EventDateUtc": "1999-12-31T00:00:00Z"}
    return post(stack, Request(headers, json.dumps(body).encode()).with_token(token))


def labels_in_use(stack: LocalStack, since: int) -> set[str]:
    """Of the tokens with which the last deliveries came."""
    used = [line["token_label"] for line in logged(stack, since) if line.get("client_id") == CLIENT]
    return set(used[-10 * AT_ONCE :])


def logged(stack: LocalStack, since: int) -> list[dict[str, Any]]:
    """The structured lines of ingest's log, its metrics too, since a time in milliseconds."""
    found = stack.emulator.client("logs").filter_log_events(
        logGroupName=f"/aws/lambda/{stack.name}-ingest", startTime=since
    )
    return [json.loads(event["message"]) for event in found["events"] if event["message"].startswith("{")]


def read(stack: LocalStack) -> dict[str, str]:
    """The accepted tokens by label."""
    secret = stack.emulator.client("secretsmanager").get_secret_value(SecretId=stack.outputs["TokensSecret"])
    return dict(json.loads(secret["SecretString"]))


def write(stack: LocalStack, tokens: dict[str, str]) -> None:
    """Accept these tokens and no others."""
    stack.emulator.client("secretsmanager").put_secret_value(
        SecretId=stack.outputs["TokensSecret"], SecretString=json.dumps(tokens)
    )
