"""A running stack of the release before is upgraded in place, and gets a further handler: nothing is lost or hidden."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.client.test_upgrade import BEFORE
from tools.demo import order_request
from tools.local.client import post, wait_until
from tools.local.emulator import ROOT, emulator
from tools.local.stack import LocalStack, apply_workarounds, build, connect, deploy
from tools.reference import reference_project
from webhooks_cli.operations.checkout import Checkout
from webhooks_cli.operations.inbox import Inbox, Selection
from webhooks_cli.operations.stack import Stack, _local_session

TYPES = ("CreateOrderEvent", "FinalizeOrderEvent", "CustomEvent")
GIVES_UP = """
from webhooks.handlers import DeadLetter, FinalizeOrderEvent, handler

@handler(FinalizeOrderEvent)
def handle(event: FinalizeOrderEvent) -> None:
    raise DeadLetter("no such order")
"""
FURTHER = """
from webhooks.handlers import CreateOrderEvent, FinalizeOrderEvent, handler

@handler(CreateOrderEvent, FinalizeOrderEvent)
def handle(event: CreateOrderEvent | FinalizeOrderEvent) -> None:
    return None
"""

type States = dict[str, dict[str, str]]


def this_release(folder: Path) -> Path:
    """The project with handlers of which one gives up."""
    project = reference_project(folder, TYPES)
    (project / "functions" / "handlers" / "FinalizeOrderEvent" / "app.py").write_text(GIVES_UP)
    return project


def release_before(folder: Path) -> Path:
    """The same with the functions, layers and template of the release before."""
    project = this_release(folder)
    ours = ("template.yaml", "layers", "functions/ingest", "functions/relay")
    for name in ours[1:]:
        shutil.rmtree(project / name)
    archive = subprocess.run(["git", "archive", BEFORE, *ours], cwd=ROOT, capture_output=True, check=True)  # noqa: S607
    subprocess.run(["tar", "-x", "-C", str(project)], input=archive.stdout, check=True)  # noqa: S607
    return project


@pytest.fixture(scope="module")
def states(tmp_path_factory: pytest.TempPathFactory) -> Iterator[States]:
    """The state of each event in each handler: of two from before the upgrade, and of two from after it."""
    if subprocess.run(["git", "cat-file", "-e", f"{BEFORE}^{{commit}}"], cwd=ROOT, check=False).returncode:  # noqa: S607
        pytest.skip("the history of this clone does not reach the release before")
    folder = tmp_path_factory.mktemp("upgrade")
    old, new = release_before(folder / "old"), this_release(folder / "new")
    Checkout(new).add_type("OrderMailing", {"app.py": FURTHER}, TYPES[:2])
    with emulator() as started:
        build(old)
        deploy(started, "webhooks", old)
        stack = connect(started, "webhooks")
        _deliver(stack, "old")
        _wait(stack, "old-1", {"FinalizeOrderEvent": "dead-letter"})
        build(new)
        deploy(started, "webhooks", new)
        apply_workarounds(started, "webhooks", stack.outputs)
        _deliver(stack, "new")
        _wait(stack, "new-0", {"CreateOrderEvent": "handled", "OrderMailing": "handled"})
        _wait(stack, "new-1", {"FinalizeOrderEvent": "dead-letter", "OrderMailing": "handled"})
        yield _states(stack)


def _deliver(stack: LocalStack, prefix: str) -> None:
    for number, event_type in enumerate(TYPES[:2]):
        assert post(stack, order_request(event_type, f"{prefix}-{number}").with_token(stack.token)).status == 200


def _states(stack: LocalStack) -> States:
    target = Stack(stack.name, _local_session(stack.emulator.access_key), stack.emulator.url, stack.url)
    found, _ = Inbox.of(target).newest(Selection("0"), 50)
    return {each.event.key.message_id: {of.name: str(of.state) for of in each.handlers} for each in found}


def _wait(stack: LocalStack, message_id: str, due: dict[str, str]) -> None:
    wait_until(lambda: _states(stack).get(message_id), lambda found: found == due, message_id)


def test_no_event_of_before_is_lost_or_hidden(states: States) -> None:
    assert states["old-0"] == {"CreateOrderEvent": "handled"}
    assert states["old-1"] == {"FinalizeOrderEvent": "dead-letter"}


def test_events_of_after_have_both_handlers(states: States) -> None:
    assert states["new-0"] == {"CreateOrderEvent": "handled", "OrderMailing": "handled"}
    assert states["new-1"] == {"FinalizeOrderEvent": "dead-letter", "OrderMailing": "handled"}
