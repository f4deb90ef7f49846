"""Pausing and resuming a type: its event source is switched, and AWS takes its time for that."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.cli.command import Command
from tests.cli.deployed import Deployed
from tests.unit.examples import event
from webhooks_cli.errors import ToolFailed

ORDERS = "CreateOrderEvent"


@dataclass
class Sources:
    """Event sources of Lambda: a change takes effect after three looks, and no other may come in between."""

    states: dict[str, str] = field(default_factory=dict)
    changes: list[tuple[str, bool]] = field(default_factory=list)
    looks: int = 0

    def list_event_source_mappings(self, EventSourceArn: str) -> dict[str, Any]:  # noqa: N803 - boto3's name
        name = EventSourceArn.rpartition("-")[2]
        return {"EventSourceMappings": [{"UUID": name}] if name in self.states else []}

    def get_event_source_mapping(self, UUID: str) -> dict[str, Any]:  # noqa: N803 - boto3's name
        self.looks += 1
        if self.states[UUID].endswith("ing") and not self.looks % 3:
            self.states[UUID] = self.states[UUID].replace("ing", "ed")
        return {"State": self.states[UUID]}

    def update_event_source_mapping(self, UUID: str, Enabled: bool) -> None:  # noqa: N803 - boto3's names
        assert not self.states[UUID].endswith("ing"), "ResourceInUseException"
        self.changes.append((UUID, Enabled))
        self.states[UUID] = "Enabling" if Enabled else "Disabling"


@pytest.fixture
def sources(deployed: Deployed, monkeypatch: pytest.MonkeyPatch) -> Sources:
    """Those of the stack, all of them enabled."""
    made = Sources(dict.fromkeys(deployed.stack.event_types, "Enabled"))
    monkeypatch.setitem(deployed.stack._clients, "lambda", made)  # noqa: SLF001 - there is no Lambda in this account
    monkeypatch.setattr("webhooks_cli.sources._SECONDS_BETWEEN_LOOKS", 0)
    return made


@pytest.fixture
def webhooks(deployed: Deployed) -> Command:
    """Runs commands."""
    return Command(deployed.stack)


def test_a_paused_type_is_paused_when_the_command_ends_and_what_that_means_is_said(
    deployed: Deployed, webhooks: Command, sources: Sources
) -> None:
    deployed.publish(event())
    result = webhooks("pause", ORDERS)
    assert (result.exit_code, result.stdout) == (0, "")
    assert sources.states == {ORDERS: "Disabled", "UpdateAssociateEvent": "Enabled", "CustomEvent": "Enabled"}
    told = " ".join(result.stderr.split())
    assert "CreateOrderEvent is paused: its events wait in their queue for up to 4 days, 1 of them now" in told
    assert "webhooks resume CreateOrderEvent" in told


def test_a_resumed_type_is_resumed_when_the_command_ends(webhooks: Command, sources: Sources) -> None:
    webhooks("pause", ORDERS)
    result = webhooks("resume", ORDERS)
    assert "CreateOrderEvent is resumed" in result.stderr
    assert set(sources.states.values()) == {"Enabled"}


def test_what_is_so_already_is_not_changed(webhooks: Command, sources: Sources) -> None:
    assert "was not paused" in webhooks("resume", ORDERS).stderr
    webhooks("pause", ORDERS)
    assert "was paused already" in webhooks("pause", ORDERS).stderr
    assert sources.changes == [(ORDERS, False)]


def test_a_change_that_is_under_way_is_waited_for(webhooks: Command, sources: Sources) -> None:
    sources.states[ORDERS] = "Disabling"
    assert webhooks("resume", ORDERS).exit_code == 0
    assert sources.states[ORDERS] == "Enabled"


def test_all_types_can_be_switched_at_once(webhooks: Command, sources: Sources) -> None:
    assert webhooks("pause", "--all").exit_code == 0
    assert set(sources.states.values()) == {"Disabled"}
    assert webhooks("resume", ORDERS, "CustomEvent").exit_code == 0
    assert sources.states == {ORDERS: "Enabled", "UpdateAssociateEvent": "Disabled", "CustomEvent": "Enabled"}


def test_which_types_has_to_be_said(webhooks: Command, sources: Sources) -> None:
    assert webhooks("pause").exit_code == 2
    assert webhooks("pause", "--all", ORDERS).exit_code == 2
    assert not sources.changes


def test_a_type_without_a_queue_cannot_be_paused(webhooks: Command, sources: Sources) -> None:
    result = webhooks("pause", ORDERS, "Foo")
    assert isinstance(result.exception, ToolFailed)
    assert "Foo has no queue" in str(result.exception)
    assert not sources.changes


def test_a_source_that_is_missing_is_told_of(webhooks: Command, sources: Sources) -> None:
    del sources.states[ORDERS]
    result = webhooks("pause", ORDERS)
    assert "has 0 event sources, not one" in str(result.exception)


def test_a_change_that_takes_too_long_is_told_of(
    webhooks: Command, sources: Sources, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webhooks_cli.sources._SETTLES_WITHIN", -1)
    result = webhooks("pause", ORDERS)
    assert "is still Disabling" in str(result.exception)
    assert sources.changes == [(ORDERS, False)]
