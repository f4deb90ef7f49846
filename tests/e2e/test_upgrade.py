"""A running stack of the release before is upgraded in place: no event is lost, hidden or handled twice.

The same update adds a further handler.
"""

import json
import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from tests.e2e.cli.webhooks import Webhooks
from tests.e2e.resources import physical_id
from tests.e2e.roles import Role
from tests.e2e.test_new_type import run
from tests.e2e.test_safety import make_old
from tests.release import BEFORE, require_release_before
from tools.local.client import log_lines, post, wait_until
from tools.local.emulator import ROOT
from tools.local.stack import LocalStack, local_stack, remembered_while
from tools.reference import reference_project
from webhooks.event import CUSTOM
from webhooks_cli.operations.checkout import Checkout
from webhooks_cli.operations.endpoint import Answer, NoAnswer, Request

TYPE = "UpgradeTestEvent"
HANDLER = f"""from pathlib import Path

from webhooks.handlers import DeadLetter, Event, RetryLater, handler


class {TYPE}(Event):
    gate: str
    gives_up: bool


@handler({TYPE})
def handle(event: {TYPE}) -> None:
    if not Path(event.gate).exists():
        raise DeadLetter("the gate is closed") if event.gives_up else RetryLater(20)
"""
"""Fails until a file exists: often enough for an upgrade, and too seldom to become a dead letter."""

SETTINGS = f"Handlers: {{{TYPE}: {{MemorySize: 512, Timeout: 10, VisibilityTimeout: 20}}}}\n"
"""The emulator ends running handlers when their code is updated; their events come again after this time."""

FURTHER = "UpgradeTestMailing"
FURTHER_HANDLER = """from webhooks.handlers import CustomEvent, handler


@handler(CustomEvent)
def handle(event: CustomEvent) -> None:
    return None
"""

BEFORE_UPGRADE = {
    "handled": "handled",
    "custom": "handled",
    "failing": "failing",
    "dead": "dead-letter",
    "unpublished": "unpublished",
}
"""Events of the release before, and the state that each is in at the upgrade."""


@dataclass(frozen=True)
class Upgrade:
    """A stack, the project that it is upgraded to, and the message ids of what it has accepted."""

    stack: LocalStack
    project: Path
    gate: Path
    accepted: list[str] = field(default_factory=list)

    @property
    def webhooks(self) -> Webhooks:
        """The command of the new release."""
        return Webhooks(self.project)

    def deliver(self, message_id: str) -> Answer:
        """Deliver an event. It is handled at once, unless its id says that it fails or dies until the gate opens."""
        event_type = "TypeWithoutQueue" if message_id == "custom" else TYPE
        gate = str(self.gate) if message_id in {"failing", "dead"} else os.sep
        body = {"EventType": event_type, "Gate": gate, "GivesUp": message_id == "dead"}
        headers = {"X-Directscale-Client-Id": "acme", "X-Directscale-Message-Id": message_id}
        answer = post(self.stack, Request(headers, json.dumps(body).encode()).with_token(self.stack.token))
        if answer.status == HTTPStatus.OK and message_id not in self.accepted:
            self.accepted.append(message_id)
        return answer

    def states(self, *options: str) -> dict[str, str]:
        """The states of all events that the new release's command lists, by message id."""
        listed = self.webhooks.json("events", "list", "--limit", "1000", *options)
        return {each["message_id"]: each["state"] for each in listed}

    def indexes(self) -> dict[str, set[str]]:
        """The names of each table's indexes."""
        dynamodb = self.stack.emulator.client("dynamodb")
        tables = (self.stack.outputs[table] for table in ("InboxTable", "OnceTable", "RecordsTable"))
        found = {table: dynamodb.describe_table(TableName=table)["Table"] for table in tables}
        return {
            table: {index["IndexName"] for index in described.get("GlobalSecondaryIndexes", [])}
            for table, described in found.items()
        }

    def runs(self, *handlers: str) -> Counter[str]:
        """How often each event was handled."""
        lines = log_lines(self.stack, *handlers)
        return Counter(line["message_id"] for line in lines if line.get("message") == "handled")


@pytest.fixture(scope="module")
def upgrade(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Upgrade]:
    """The release before, running, with an event in each state."""
    require_release_before()
    folder = tmp_path_factory.mktemp("upgrade")
    project = reference_project(folder / "this release", (TYPE, CUSTOM))
    handlers = project / "functions" / "handlers"
    (handlers / TYPE / "app.py").write_text(HANDLER)
    (handlers / "settings.yaml").write_text(SETTINGS)
    before = _release_before(folder, handlers)
    Checkout(project).add_type(FURTHER, {"app.py": FURTHER_HANDLER}, (TYPE,))
    with local_stack(project=before) as stack, remembered_while(stack, project):
        upgrade = Upgrade(stack, project, folder / "gate")
        stack.emulator.client("events").disable_rule(Name=physical_id(stack, "RelayFunctionEveryMinute"))
        for message_id in ("handled", "custom", "failing", "dead"):
            upgrade.deliver(message_id)
        ingest = Role(stack, "IngestRole")
        with ingest.without(ingest.granted("sqs:SendMessage", on="-events-*")):
            upgrade.deliver("unpublished")
        wait_until(upgrade.states, lambda states: states == BEFORE_UPGRADE, "an event in each state")
        yield upgrade


@pytest.fixture(scope="module")
def upgraded(upgrade: Upgrade) -> Upgrade:
    """After one deployment, during which events were delivered."""
    before = upgrade.indexes()
    with _delivering(upgrade):
        run(upgrade.project, "tools.redeploy")
        upgrade.deliver("after")
    after = upgrade.indexes()
    # CloudFormation makes or deletes one index of a table in an update; the emulator does not mind more.
    assert all(len(before[table] ^ after[table]) <= 1 for table in after)
    return upgrade


def test_an_upgrade_hides_no_event(upgraded: Upgrade) -> None:
    states = upgraded.states()
    assert states.keys() == set(upgraded.accepted)
    assert {name: states[name] for name in BEFORE_UPGRADE} == BEFORE_UPGRADE
    assert upgraded.states("--state", "failing", "--state", "dead-letter") == {
        name: state for name, state in BEFORE_UPGRADE.items() if state in {"failing", "dead-letter"}
    }
    keys = _index_keys(upgraded)
    assert {name for name, key in keys.items() if "#" in key} >= BEFORE_UPGRADE.keys()
    assert keys["after"] == TYPE


def test_a_delivery_is_a_duplicate_after_an_upgrade(upgraded: Upgrade) -> None:
    answers = {name: upgraded.deliver(name).body["status"] for name in BEFORE_UPGRADE}
    assert answers == dict.fromkeys(BEFORE_UPGRADE, "duplicate")


def test_all_is_handled_once_after_an_upgrade(upgraded: Upgrade) -> None:
    """Unpublished events by the relay, the failing one by its next retry, the dead letter after a redrive."""
    upgraded.gate.touch()
    unpublished = upgraded.states(
        "--state", "unpublished"
    ).keys()  # some are of the update, which denies ingest the queue
    for message_id in unpublished:
        make_old(upgraded.stack, message_id)
    functions, relay = upgraded.stack.emulator.client("lambda"), f"{upgraded.stack.name}-relay"
    wait_until(
        lambda: functions.invoke(FunctionName=relay) and upgraded.runs(TYPE),
        lambda runs: runs.keys() >= unpublished,
        "the unpublished events handled",
    )
    (letter,) = upgraded.webhooks.json("dead-letters", "list", "--id", "dead", "--reveal")
    assert (letter["message_id"], letter["failures"], letter["reason"]) == ("dead", 1, "the gate is closed")
    assert upgraded.webhooks("dead-letters", "redrive", "--id", "dead", "--yes").code == 0
    handled = dict.fromkeys(upgraded.accepted, "handled")
    # An event whose run the update cut short is delivered again after the visibility timeout.
    wait_until(lambda: upgraded.runs(TYPE, CUSTOM), lambda runs: runs.keys() >= handled.keys(), "all runs", seconds=240)
    wait_until(upgraded.states, lambda states: states == handled, "everything handled")
    assert upgraded.runs(TYPE, CUSTOM) == Counter(upgraded.accepted)


def test_a_further_handler_takes_what_comes_after(upgraded: Upgrade) -> None:
    runs = wait_until(lambda: upgraded.runs(FURTHER), lambda runs: "after" in runs, "a run of the further handler")
    assert set(runs.values()) == {1}
    assert not runs.keys() & BEFORE_UPGRADE.keys()


def _release_before(folder: Path, handlers: Path) -> Path:
    """The project at the release before, with the client's handlers."""
    archive, project = folder / "before.tar", folder / "release before"
    subprocess.run(["git", "archive", "--output", archive, BEFORE], cwd=ROOT, check=True)  # noqa: S607
    shutil.unpack_archive(archive, project, filter="data")
    shutil.rmtree(project / "functions" / "handlers")
    shutil.copytree(handlers, project / "functions" / "handlers")
    return project


@contextmanager
def _delivering(upgrade: Upgrade) -> Iterator[None]:
    """Deliver events for the length of the block, each until it is answered 200, as DirectScale does."""
    ended = Event()

    def deliver() -> None:
        number = 0
        while not ended.wait(0.5):
            if _is_accepted(lambda: upgrade.deliver(f"during-{number:03}")):  # noqa: B023 - called at once
                number += 1

    sender = Thread(target=deliver)
    sender.start()
    try:
        yield
    finally:
        ended.set()
        sender.join()


def _is_accepted(deliver: Callable[[], Answer]) -> bool:
    try:
        return deliver().status == HTTPStatus.OK
    except NoAnswer:
        return False


def _index_keys(upgrade: Upgrade) -> dict[str, Any]:
    """Under which key the inbox lists each event."""
    pages = upgrade.stack.emulator.client("dynamodb").get_paginator("scan")
    found = pages.paginate(TableName=upgrade.stack.outputs["InboxTable"])
    return {item["message_id"]["S"]: item["type_shard"]["S"] for page in found for item in page["Items"]}
