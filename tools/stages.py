"""The stages of samconfig.toml, and how SAM builds and deploys the project as one of them."""

import json
import platform
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tools.errors import ToolFailed
from tools.local.emulator import ROOT
from tools.local.sam import sam

LOCAL = "local"
"""The stage that is deployed into the emulator, for this machine's processor, without asking."""

ARCHITECTURE = "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64"


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage: its settings in samconfig.toml, and a value for every parameter of the template.

    Every value is given to SAM each time, defaults too. For a parameter without one it keeps the value of the last
    deployment, so that a new default, of EventTypes say, would change nothing, without a word
    (https://github.com/aws/aws-sam-cli/issues/4180).
    """

    name: str
    settings: Mapping[str, Any]
    parameters: Mapping[str, str]
    project: Path

    @property
    def stack(self) -> str:
        """The name of its stack."""
        return str(self.settings["stack_name"])

    def sam(self, command: str, *options: str, environment: Mapping[str, str], shown: bool = False) -> None:
        """Run `sam build` or `sam deploy` for this stage, as `tools.local.sam.sam` does. Raises `SamFailed`."""
        stated = [f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in self.parameters.items()]
        sam(
            *(command, "--config-env", self.name),
            *options,
            *("--parameter-overrides", *stated),
            environment=environment,
            project=self.project,
            shown=shown,
        )


def local_stage(project: Path = ROOT, endpoint: str = "") -> Stage:
    """The stage `local`, whose functions find AWS at `endpoint`."""
    return stage(LOCAL, project, {"Architecture": ARCHITECTURE, "EndpointUrl": endpoint})


def stage(name: str, project: Path = ROOT, parameters: Mapping[str, str] | None = None) -> Stage:
    """The stage of that name; `parameters` go before its own. Raises `ToolFailed` if samconfig.toml does not do."""
    stages = stages_of(project)
    if name not in stages:
        raise ToolFailed(f"samconfig.toml has no stage {name!r}. It has: {', '.join(stages)}")
    own = _overrides(stages[name].get("parameter_overrides", {}), project)
    known = _parameters(project)
    if unknown := own.keys() - known.keys():
        raise ToolFailed(f"samconfig.toml: template.yaml has no parameter {', '.join(sorted(unknown))}")
    defaults = {key: told["Default"] for key, told in known.items() if "Default" in told}
    values = {key: _text(value) for key, value in (defaults | own).items()}
    return Stage(name, stages[name], values | dict(parameters or {}), project)


def stages_of(project: Path = ROOT) -> dict[str, dict[str, Any]]:
    """The settings of each stage of samconfig.toml, by its name."""
    told = tomllib.loads((project / "samconfig.toml").read_text())
    return {
        name: settings["global"]["parameters"]
        for name, settings in told.items()
        if isinstance(settings, dict) and name != "default"
    }


def _overrides(stated: object, project: Path) -> dict[str, object]:
    """The parameters of a stage, those of the file that it includes too, as the SAM CLI reads them."""
    if not isinstance(stated, dict):
        raise ToolFailed("samconfig.toml: parameter_overrides must be a table of names and values")
    included = stated.pop("$include", "").removeprefix("file://")
    if not included:
        return stated
    try:
        shared: dict[str, object] = yaml.safe_load((project / included).read_text())
        return shared | stated
    except (OSError, yaml.YAMLError, TypeError) as error:
        raise ToolFailed(f"{included} cannot be read as YAML: {error}") from error


def _text(value: object) -> str:
    if isinstance(value, list):
        return ",".join(str(each).strip() for each in value)
    return value if isinstance(value, str) else json.dumps(value)


class _Loader(yaml.SafeLoader):
    """Takes CloudFormation's tags for nothing: the parameters have none."""


_Loader.add_multi_constructor("!", lambda *_: None)


def _parameters(project: Path) -> dict[str, dict[str, Any]]:
    template: dict[str, Any] = _Loader((project / "template.yaml").read_text()).get_single_data()
    known: dict[str, dict[str, Any]] = template["Parameters"]
    return known
