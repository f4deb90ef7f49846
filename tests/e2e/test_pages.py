"""Every command of docs/deploy.md and docs/runbook.md is played on a local stack, in the order of the pages."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.play import NOT_HERE, TYPES, Block, blocks, play, script, session_environment
from tools.local.emulator import REGION, ROOT, emulator
from tools.reference import reference_project

pytestmark = pytest.mark.thorough  # tests/template/test_runbook.py checks the names and options of the commands

PAGES = ("deploy.md", "runbook.md")

TYPED = {
    "export AWS_PROFILE=...": ":",
    "eu-central-1": REGION,
    "export WEBHOOKS_STACK=$stack": ":",  # not every machine resolves the endpoint's name: it is found as `make up`'s
    "webhooks-live": "webhooks-stage-2",
    "--from-stdin": "--from-stdin <<<an-extension-secret-of-acme",
    "<id>": "d-1",
    " ID": " order-1",
    "REJECTED-2": '"$second"',
    "REJECTED": '"$first"',
    "COLLISION": '"$collision"',
}
"""What a person enters instead of what the pages say."""

BETWEEN = {
    "The first event": """
        webhooks send CreateOrderEvent --message-id order-1 --set OrderNumber=1001
        state order-1 handled""",
    # Two events that the old stack does not finish: one waits, one is a dead letter.
    "Take it down": """
        play deliver dead-1 '{"EventType": "CreateOrderEvent"}'
        state dead-1 dead-letter
        webhooks pause CreateOrderEvent
        webhooks send CreateOrderEvent --message-id left-1 --set OrderNumber=1002
        state left-1 waiting""",
    "Delete its data": """
        state left-1 handled
        state order-1 handled
        state dead-1 dead-letter
        [ -z "$(webhooks logs --id order-1 | grep handled)" ] # by the new stack
        webhooks logs --id left-1 | grep -q handled
        webhooks tokens list | grep first-of-webhooks-stage""",
    # What the alarms of the runbook are about. The second delivery of order-1 shows that the first is known.
    "Set up": """
        [ "$(play deliver order-1 '{"EventType": "CreateOrderEvent", "OrderNumber": 1}')" = duplicate ]
        collision=$(webhooks collisions list --json | name)
        play deliver no-type '{"OrderNumber": 1003}'
        first=$(webhooks rejected list --json | name)
        play deliver no-json '{'
        second=$(webhooks rejected list --json | name)
        echo '{"EventType": "CreateOrderEvent", "OrderNumber": 1004}' >repaired.json
        play deliver dead-2 '{"EventType": "CreateOrderEvent"}'
        state dead-2 dead-letter""",
    # So that a dead letter that was sent back does not come back at once: its cause was not fixed.
    "Dead letters": "webhooks pause CreateOrderEvent",
    "What happened to message X": "webhooks resume CreateOrderEvent",
}
"""What happens before a heading."""

HELPERS = """
state() { # state ID STATE: wait until an event is in a state
  for _ in $(seq 300); do
    webhooks events show $1 2>/dev/null | grep -q "$1: $2" && return
    sleep
  done
  false
}
name() { "$PLAY_PYTHON" -c 'import json, sys; print([*json.load(sys.stdin)[0].values()][-1])'; }
"""


MISTYPED = {
    "webhooks status": "webhooks stats",
    "webhooks events list --since 1h": "webhooks events list --sinc 1h",
    "aws sts get-caller-identity": "aws sts get-caller-identiti",
    "aws deploy list-deployments --include-only-statuses": "aws deploy list-deployments --include-onli-statuses",
    "sam delete": "samm delete",
}


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory, built: Path) -> Iterator[dict[str, str]]:
    """A copy of the project with few types, and an emulator without a stack."""
    project = reference_project(tmp_path_factory.mktemp("pages") / "project", TYPES)
    with emulator() as running:
        yield session_environment(project, running, built)


def of_pages() -> list[Block]:
    return [block for page in PAGES for block in blocks((ROOT / "docs" / page).read_text())]


@pytest.mark.timeout(900)
def test_every_command_of_the_pages_works(session: dict[str, str], tmp_path: Path) -> None:
    failed, output = play(HELPERS + script(of_pages(), TYPED, BETWEEN), tmp_path, session)
    assert failed == [], output


def test_a_mistyped_command_is_noticed(session: dict[str, str], tmp_path: Path) -> None:
    """Where no stack is needed to notice it."""
    code = "\n".join(block.code for block in of_pages())
    assert [written for written in MISTYPED if written not in code] == []
    failed, output = play(script([Block("mistyped", "\n".join(MISTYPED.values()))], {}, {}), tmp_path, session)
    assert failed == [f"mistyped: {command}" for command in MISTYPED.values()], output


def test_what_cannot_run_is_in_the_pages() -> None:
    code = "\n".join(block.code for block in of_pages())
    assert [command for command in NOT_HERE if command not in code] == []
