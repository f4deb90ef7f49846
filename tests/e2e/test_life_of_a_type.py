"""The commands of docs/types.md, under load: a type is added, renamed and retired, and no event is lost."""

import json
import os
import re
import shlex
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import groupby
from pathlib import Path
from threading import Event, Thread

import pytest

from tests.e2e.cli.webhooks import Result, Webhooks
from tools.local.client import post, wait_until
from tools.local.emulator import ROOT
from tools.local.stack import LocalStack, local_stack, remembered_while
from tools.reference import reference_project
from webhooks.event import CUSTOM
from webhooks_cli.operations.endpoint import NoAnswer, Request

# test_new_type.py adds a type, test_upgrade.py updates under load, tests/integration/test_retire.py retires.
pytestmark = [pytest.mark.thorough, pytest.mark.timeout(900)]  # one deployment, then five updates

PAGE = (ROOT / "docs" / "types.md").read_text()
AWARDED, GRANTED, OTHER = "LoyaltyPointsAwarded", "LoyaltyPointsGranted", "UpdateAssociateEvent"
APP = """import os

from webhooks.handlers import CustomEvent, DeadLetter, handler


@handler(CustomEvent)
def handle(event: CustomEvent) -> None:
    if event.accepted.key.message_id == "gives-up":
        raise DeadLetter("no such account")
    with open({effects!r}, "a") as file:
        print({name!r}, event.accepted.key.message_id, file=file)
"""
"""Notes which handler has handled which event. A run that the deployment kills is repeated, and notes the same."""


@dataclass
class Life:
    """A stack under load, and the commands of the page on it. `accepted` are the ids answered 200, by type."""

    stack: LocalStack
    project: Path
    effects: Path
    accepted: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    ended: Event = field(default_factory=Event)

    def deliver(self, event_type: str, message_id: str) -> None:
        """Deliver an event until it is answered 200, as DirectScale does."""
        headers = {"X-Directscale-Client-Id": "acme", "X-Directscale-Message-Id": message_id}
        body = json.dumps({"EventType": event_type, "AssociateId": 1, "Points": 2.5}).encode()
        while not self.ended.is_set():
            try:
                if post(self.stack, Request(headers, body).with_token(self.stack.token)).status == HTTPStatus.OK:
                    self.accepted[event_type].append(message_id)
                    return
            except NoAnswer:
                pass
            time.sleep(0.2)

    def play(self, section: str) -> Result:
        """Do what a section of the page says; returns the last command's result. Only that may fail."""
        result = Result(0, "", "")
        for language, text in blocks(section):
            if language == "yaml":
                types = self.project / "functions" / "handlers" / "types.yaml"
                types.write_text(types.read_text() + text)
            for command in text.splitlines() if language == "sh" else ():
                assert result.code == 0, result.err
                result = self.command(command)
        return result

    def command(self, command: str) -> Result:
        """Run a command of the page."""
        if command == "make redeploy":
            return redeploy(self.project)
        result = Webhooks(self.project)(*shlex.split(command)[1:], typed="y\n")
        if " new " in command:
            write(self.project, command.split()[2], self.effects)
        return result

    def handled(self) -> dict[str, set[str]]:
        """The handlers that have handled each event."""
        found: dict[str, set[str]] = defaultdict(set)
        for line in self.effects.read_text().splitlines():
            name, message_id = line.split()
            found[message_id].add(name)
        return found


def blocks(section: str) -> list[tuple[str, str]]:
    """The blocks of a section of the page: their language and text."""
    (text,) = re.findall(rf"^## {section}\n(.+?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    return re.findall(r"^```(\w+)\n(.+?)^```", text, re.MULTILINE | re.DOTALL)


def write(project: Path, name: str, effects: Path) -> None:
    """Let a handler note what it handles."""
    app = project / "functions" / "handlers" / name / "app.py"
    app.write_text(APP.format(effects=str(effects), name=name))


def redeploy(project: Path) -> Result:
    """`make redeploy`, of the copy of the project."""
    path = f"{project / 'layers' / 'core'}{os.pathsep}{project}"
    command, environment = [sys.executable, "-m", "tools.redeploy"], os.environ | {"PYTHONPATH": path}
    ran = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    return Result(ran.returncode, ran.stdout, ran.stderr)


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    """A stack with two handlers, to which three types are delivered all the time."""
    folder = tmp_path_factory.mktemp("life")
    project = reference_project(folder / "project", (OTHER, CUSTOM))
    quick = {name: {"Timeout": 15, "VisibilityTimeout": 20} for name in (AWARDED, GRANTED, OTHER, CUSTOM)}
    (project / "functions" / "handlers" / "settings.yaml").write_text(json.dumps({"Handlers": quick}))
    (folder / "effects").touch()
    for name in (OTHER, CUSTOM):
        write(project, name, folder / "effects")
    with local_stack(project=project) as stack, remembered_while(stack, project):
        found = Life(stack, project, folder / "effects")
        sender = Thread(target=_send, args=(found,))
        sender.start()
        try:
            yield found
        finally:
            found.ended.set()
            sender.join()


def _send(life: Life) -> None:
    number = 0
    while not life.ended.wait(0.5):
        for event_type in (AWARDED, GRANTED, OTHER):
            life.deliver(event_type, f"{event_type}-{number:04}")
        number += 1


def test_no_event_is_lost_as_types_change(life: Life) -> None:
    webhooks = Webhooks(life.project)
    assert life.play("Add").code == 0
    assert life.play("Rename").code == 0
    life.deliver(GRANTED, "gives-up")
    wait_until(lambda: webhooks.json("dead-letters", "list"), bool, "a dead letter")
    refused = life.play("Retire")
    assert refused.code == 1
    message = re.findall(r"^   (this deployment .+?)\n   ```", PAGE, re.MULTILINE | re.DOTALL)[0].replace("\n   ", "\n")
    assert message in refused.err
    assert webhooks("dead-letters", "discard", GRANTED, "--yes").code == 0
    assert life.command("make redeploy").code == 0
    assert [each["name"] for each in webhooks.json("status")["retired"]] == [AWARDED, GRANTED]
    accepted = {name: [each for each in ids if each != "gives-up"] for name, ids in life.accepted.items()}
    wanted = {each for ids in accepted.values() for each in ids}
    handled = wait_until(life.handled, lambda found: wanted <= found.keys(), "all events handled", seconds=120)
    takers = {name: _changes(handled[each] for each in ids) for name, ids in accepted.items()}
    assert takers == {
        OTHER: [{OTHER}],
        AWARDED: [{CUSTOM}, {AWARDED}, {CUSTOM, GRANTED}, {CUSTOM}],
        GRANTED: [{CUSTOM}, {GRANTED}, {CUSTOM}],
    }
    assert webhooks.json("events", "list", "--state", "retired", "--state", "waiting") == []


def _changes(takers: Iterable[set[str]]) -> list[set[str]]:
    """The handlers of events in order of arrival, without repetitions: who took them, and who after that."""
    return [names for names, _ in groupby(takers)]
