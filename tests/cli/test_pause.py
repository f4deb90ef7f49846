"""`webhooks pause` and `resume`: event sources are switched, which takes AWS a while."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.cli.cli_env import ORDERS, CliEnv, order


@dataclass
class Sources:
    """Event sources of Lambda: a change takes effect after three looks, and allows no other one meanwhile."""

    states: dict[str, str]
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
def sources(cli_env: CliEnv) -> Sources:
    """Those of the stack, all enabled."""
    made = Sources(dict.fromkeys(cli_env.stack.event_types, "Enabled"))
    cli_env.stack._clients["lambda"] = made  # noqa: SLF001 - there is no Lambda in this account
    return made


def test_a_type_is_paused_and_resumed(cli_env: CliEnv, sources: Sources) -> None:
    cli_env.publish(order("m-1"))
    result = cli_env.webhooks("pause", ORDERS)
    assert (result.exit_code, result.stdout) == (0, "")
    assert sources.states == {ORDERS: "Disabled", "UpdateAssociateEvent": "Enabled", "CustomEvent": "Enabled"}
    printed = " ".join(result.stderr.split())
    assert "is paused: its events wait on their queue for up to 4 days, 1 of them now" in printed
    assert "CreateOrderEvent is resumed" in cli_env.webhooks("resume", ORDERS).stderr
    assert set(sources.states.values()) == {"Enabled"}


def test_nothing_is_changed_without_need(cli_env: CliEnv, sources: Sources) -> None:
    assert "was not paused" in cli_env.webhooks("resume", ORDERS).stderr
    cli_env.webhooks("pause", ORDERS)
    assert "was paused already" in cli_env.webhooks("pause", ORDERS).stderr
    assert sources.changes == [(ORDERS, False)]


def test_a_change_in_progress_is_waited_for(cli_env: CliEnv, sources: Sources) -> None:
    sources.states[ORDERS] = "Disabling"
    assert cli_env.webhooks("resume", ORDERS).exit_code == 0
    assert sources.states[ORDERS] == "Enabled"


def test_all_types_are_switched_at_once(cli_env: CliEnv, sources: Sources) -> None:
    cli_env.webhooks("pause", "--all")
    assert set(sources.states.values()) == {"Disabled"}
    cli_env.webhooks("resume", ORDERS, "CustomEvent")
    assert sources.states == {ORDERS: "Enabled", "UpdateAssociateEvent": "Disabled", "CustomEvent": "Enabled"}


def test_types_must_be_named_once(cli_env: CliEnv, sources: Sources) -> None:
    assert cli_env.webhooks("pause").exit_code == 2
    assert cli_env.webhooks("pause", "--all", ORDERS).exit_code == 2
    unknown = cli_env.webhooks("pause", ORDERS, "Foo")
    assert (unknown.exit_code, "Foo has no queue" in unknown.output) == (2, True)
    assert not sources.changes


def test_what_cannot_be_switched_says_why(cli_env: CliEnv, sources: Sources, monkeypatch: pytest.MonkeyPatch) -> None:
    del sources.states["CustomEvent"]
    assert "has 0 event sources instead of one" in cli_env.webhooks.failure("pause", "CustomEvent")
    monkeypatch.setattr("webhooks_cli.operations.event_sources._SETTLES_WITHIN", -1)
    assert "is still Disabling" in cli_env.webhooks.failure("pause", ORDERS)
