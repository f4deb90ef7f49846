"""A deployment that takes handlers away: what it asks, in which order it acts, and when it refuses."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine

from tools.errors import ToolFailed
from tools.retire import Deployment
from tools.stages import LOCAL, Stage
from webhooks.routing import retired_since
from webhooks_cli.operations.retirement import Holding

OLD, BOTH = "OldEvent", "OldEvent, CustomEvent"
SINCE = "2026-11-29T10:00:00.0000000Z"
EMPTY = Holding(OLD, 0, 0, 0, paused=False)
OUTPUTS = [{"OutputKey": "Endpoint", "OutputValue": "https://api.example"}]


@dataclass
class Deployed:
    """A stack, and CloudFormation and the SAM CLI as far as a deployment uses them; `holds` is what it sees of SQS."""

    parameters: dict[str, str]
    holds: list[Holding] = field(default_factory=lambda: [EMPTY])
    name: str = "webhooks-live"
    outputs: list[dict[str, str]] = field(default_factory=lambda: OUTPUTS)
    declines: bool = False
    log: list[str] = field(default_factory=list)

    def client(self, _: str) -> "Deployed":
        """CloudFormation."""
        return self

    def describe_stacks(self, **_: str) -> dict[str, Any]:
        """The stack."""
        parameters = [{"ParameterKey": key, "ParameterValue": value} for key, value in self.parameters.items()]
        headers = {"date": "Sun, 29 Nov 2026 10:00:00 GMT"}
        stacks = [{"Outputs": self.outputs, "Parameters": parameters}]
        return {"Stacks": stacks, "ResponseMetadata": {"HTTPHeaders": headers}}

    def get_template(self, **_: str) -> dict[str, Any]:
        """What was deployed last."""
        return {"TemplateBody": "the deployed template"}

    def deploy(self, stage: Stage, built: Path) -> None:
        """`sam deploy`."""
        template = (built / "template.yaml").read_text()
        retired = "".join(retired_since(stage.parameters["Retired"]))
        self.log.append(f"{template}: {stage.parameters['EventTypes']} but {retired or 'none'}")
        if not self.declines:
            self.parameters = dict(stage.parameters)

    def look(self) -> list[Holding]:
        """What the queues hold; the last for ever."""
        self.log.append("look")
        return [self.holds.pop(0) if len(self.holds) > 1 else self.holds[0]]


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployed]:
    """A stack with OldEvent and CustomEvent; time passes only while somebody waits."""
    found = Deployed({"EventTypes": BOTH, "Takes": "", "Retired": "", "Own": "deployed"})
    with time_machine.travel(SINCE, tick=False) as clock:
        monkeypatch.setattr("tools.retire.time", SimpleNamespace(sleep=clock.shift, monotonic=time.time))
        monkeypatch.setattr("tools.retire.holdings", lambda *_: found.look())
        monkeypatch.setattr(Stage, "deploy", lambda stage, built, **_: found.deploy(stage, built))
        monkeypatch.setattr(Deployment, "_hand_over", lambda _: found.log.append("hand over"))
        yield found


def deployment(deployed: Deployed, types: str = "CustomEvent", name: str = "live") -> Deployment:
    """Of a list of handlers."""
    parameters = {"EventTypes": types, "Takes": "", "Retired": "", "RetentionDays": "35", "Own": "new"}
    stage = Stage(name, {"stack_name": deployed.name}, parameters, Path())
    return Deployment.of(stage, deployed, environment={})  # type: ignore[arg-type]


def run(deployed: Deployed, tmp_path: Path, types: str = "CustomEvent", name: str = "live") -> list[str]:
    """Deploy it; returns what was done, without repetitions."""
    (tmp_path / "template.yaml").write_text("the new template")
    deployment(deployed, types, name).run(tmp_path)
    return list(dict.fromkeys(deployed.log))


def test_events_are_routed_first_and_queues_deleted_last(deployed: Deployed, tmp_path: Path) -> None:
    deployed.holds = [Holding(OLD, 3, 1, 0, paused=False), Holding(OLD, 0, 1, 0, paused=False), EMPTY]
    assert run(deployed, tmp_path) == [
        "look",
        f"the deployed template: {BOTH} but {OLD}",
        f"the new template: CustomEvent but {OLD}",
        "hand over",
    ]
    assert retired_since(deployed.parameters["Retired"]) == {OLD: SINCE}
    assert deployed.log.count("look") > 22, "SQS's counts are right a minute after the last change"


def test_the_deployed_parameters_stay_while_events_are_routed(deployed: Deployed) -> None:
    deployed.holds = [EMPTY, Holding(OLD, 0, 0, 1, paused=False)]
    with pytest.raises(ToolFailed, match=f"{OLD} has 1 dead letters"):
        deployment(deployed).run(Path())
    assert (deployed.parameters["Own"], deployed.parameters["EventTypes"]) == ("deployed", BOTH)


def test_a_stopped_deployment_goes_on_from_there(deployed: Deployed, tmp_path: Path) -> None:
    deployed.parameters["Retired"] = f"{OLD}@2026-11-29T09:00:00.0000000Z"
    assert run(deployed, tmp_path) == ["look", f"the new template: CustomEvent but {OLD}", "hand over"]
    assert retired_since(deployed.parameters["Retired"]) == {OLD: "2026-11-29T09:00:00.0000000Z"}


def test_a_relisted_handler_is_not_retired(deployed: Deployed, tmp_path: Path) -> None:
    deployed.parameters["Retired"] = f"{OLD}@{SINCE},Other@{SINCE},Expired@2026-01-01T00:00:00.0000000Z"
    assert run(deployed, tmp_path, f"{OLD},CustomEvent") == [f"the new template: {OLD},CustomEvent but Other"]


@pytest.mark.parametrize(
    ("change", "types"), [({}, BOTH), ({"parameters": {}}, "CustomEvent"), ({"outputs": []}, "CustomEvent")]
)
def test_nothing_is_asked_if_nothing_goes(deployed: Deployed, tmp_path: Path, change: Any, types: str) -> None:
    """An unchanged list, a first deployment, and one after a first that failed."""
    vars(deployed).update(change)
    assert run(deployed, tmp_path, types) == [f"the new template: {types} but none"]


@pytest.mark.parametrize(
    ("holding", "why"),
    [
        (Holding(OLD, 0, 0, 2, paused=False), f"webhooks --stack webhooks-live dead-letters redrive {OLD}"),
        (Holding(OLD, 1, 0, 0, paused=True), f"webhooks --stack webhooks-live resume {OLD}"),
    ],
)
def test_a_refusal_names_the_commands_and_changes_nothing(deployed: Deployed, holding: Holding, why: str) -> None:
    deployed.holds = [holding]
    with pytest.raises(ToolFailed, match=why):
        deployment(deployed)
    assert deployed.log == ["look"]


def test_local_commands_name_no_stack(deployed: Deployed) -> None:
    deployed.holds = [Holding(OLD, 0, 0, 2, paused=False)]
    with pytest.raises(ToolFailed, match=r"\n  webhooks dead-letters list OldEvent\n"):
        deployment(deployed, name=LOCAL)


def test_a_release_without_retiring_comes_first(deployed: Deployed) -> None:
    del deployed.parameters["Retired"]
    with pytest.raises(ToolFailed, match="Deploy this release with the old list"):
        deployment(deployed)


def test_a_declined_change_deletes_nothing(deployed: Deployed, tmp_path: Path) -> None:
    deployed.declines = True
    with pytest.raises(ToolFailed, match=f"nothing was deployed: {OLD} still gets events"):
        run(deployed, tmp_path)
    assert not any("the new template" in each for each in deployed.log)


def test_waiting_ends_without_progress(deployed: Deployed, tmp_path: Path) -> None:
    """A retry may be due in ten hours."""
    deployed.holds = [Holding(OLD, 0, 1, 0, paused=False)]
    with pytest.raises(ToolFailed, match="No progress for 15 minutes: nothing was deleted") as failed:
        run(deployed, tmp_path)
    assert f"events list --type {OLD} --state failing" in str(failed.value)
    assert not any("the new template" in each for each in deployed.log)
