"""The stages of samconfig.toml, which SAM builds and deploys."""

import json
import platform
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml

from tools.errors import ToolFailed
from tools.includes import RESOURCES, SETTINGS, VARIABLES, content
from tools.local.emulator import ROOT
from tools.local.sam import sam
from webhooks.routing import listed, pairs

LOCAL = "local"
"""The stage for the emulator: it has this machine's processor, and is deployed without confirmation."""

_LISTS = "functions/handlers/types.yaml"

_OF_INGEST = ("IngestFunction", "DependenciesLayer", "CoreLayer")

SAM_BUILD = Path(".aws-sam", "build")
"""Where the SAM CLI builds by default, in the project."""

ARCHITECTURE = "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64"


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage: its settings in samconfig.toml, and a value for every parameter of the template.

    SAM gets every value, defaults too: it keeps the last deployment's value of any other parameter, and would silently
    ignore a new default (https://github.com/aws/aws-sam-cli/issues/4180).
    """

    name: str
    settings: Mapping[str, Any]
    parameters: Mapping[str, str]
    project: Path

    @property
    def stack(self) -> str:
        """The name of the stage's stack."""
        return str(self.settings["stack_name"])

    @property
    def handlers(self) -> tuple[str, ...]:
        """The handlers that the stage lists."""
        return listed(self.parameters["EventTypes"])

    def deploy(self, built: Path, *options: str, environment: Mapping[str, str], shown: bool = False) -> None:
        """Run `sam deploy` on what is built in a folder. Raises `SamFailed`."""
        # Without the option the SAM CLI looks for its settings beside the built template.
        settings = ("--config-file", str(self.project.resolve() / "samconfig.toml"))
        template = ("--template-file", str(built / "template.yaml"))
        named = replace(self, parameters={**self.parameters, "Revision": revision(built, self.parameters)})
        named.sam("deploy", *template, *settings, *options, environment=environment, shown=shown)

    def sam(self, command: str, *options: str, environment: Mapping[str, str], shown: bool = False) -> None:
        """Run `sam build` or `sam deploy` for this stage; see `tools.local.sam.sam`. Raises `SamFailed`."""
        overrides = [f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in self.parameters.items()]
        sam(
            *(command, "--config-env", self.name),
            *options,
            *("--parameter-overrides", *overrides),
            environment=environment,
            project=self.project,
            shown=shown,
        )


def local_stage(project: Path = ROOT, endpoint: str = "") -> Stage:
    """The stage `local`, with the AWS APIs at `endpoint`."""
    return stage(LOCAL, project, {"Architecture": ARCHITECTURE, "EndpointUrl": endpoint})


def stage(name: str, project: Path = ROOT, parameters: Mapping[str, str] | None = None) -> Stage:
    """The stage of that name; `parameters` replace its own. Raises `ToolFailed` if what is the client's is invalid."""
    stages = stages_of(project)
    if name not in stages:
        raise ToolFailed(f"samconfig.toml has no stage {name!r}. It has: {', '.join(stages)}")
    own = _overrides(stages[name].get("parameter_overrides", {}), project)
    known = parameters_of(project)
    if unknown := own.keys() - known.keys():
        raise ToolFailed(f"samconfig.toml: template.yaml has no parameter {', '.join(sorted(unknown))}")
    defaults = {key: parameter["Default"] for key, parameter in known.items() if "Default" in parameter}
    values = {key: _text(value) for key, value in (defaults | own).items()}
    _check_lists(values, project)
    for location in (RESOURCES, SETTINGS, VARIABLES):
        content(project, location)
    return Stage(name, stages[name], values | dict(parameters or {}), project)


def revision(built: Path, parameters: Mapping[str, str]) -> str:
    """A name for what is built in a folder: it changes with the template and all else that can change ingest.

    SAM and Lambda each have a rule of their own for what is a new version of a function, and what only one of them
    takes for a change, such as a tag, makes the deployment fail
    (https://github.com/aws/serverless-application-model/issues/3281).
    """
    digest = sha256(json.dumps(sorted(parameters.items())).encode())
    for folder in (built / "template.yaml", *(built / name for name in _OF_INGEST)):
        for file in sorted(folder.rglob("*")) if folder.is_dir() else [folder]:
            if file.is_file():
                digest.update(str(file.relative_to(built)).encode() + file.read_bytes())
    return digest.hexdigest()[:20]


def stages_of(project: Path = ROOT) -> dict[str, dict[str, Any]]:
    """The settings of all stages of samconfig.toml, by name."""
    tables = tomllib.loads((project / "samconfig.toml").read_text())
    return {
        name: settings["global"]["parameters"]
        for name, settings in tables.items()
        if isinstance(settings, dict) and name != "default"
    }


def _overrides(stated: object, project: Path) -> dict[str, object]:
    """The parameters of a stage, with those of an included file, as the SAM CLI reads them."""
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


def _check_lists(values: Mapping[str, str], project: Path) -> None:
    """Raise `ToolFailed` for what a merge of two branches, or a hand, can leave in the lists of handlers."""
    listing = project / _LISTS
    if listing.exists() and len(re.findall("^Takes:", listing.read_text(), re.MULTILINE)) > 1:
        # YAML would drop all but one of them without a word.
        raise ToolFailed(f"{_LISTS} has two lists Takes: join them")
    handlers = listed(values["EventTypes"])
    for name, taken in pairs(values.get("Takes", "")):
        if name not in handlers:
            raise ToolFailed(f"{_LISTS}: Takes names {name or 'no handler'}: add it to EventTypes")
        if not taken:
            raise ToolFailed(f"{_LISTS}: Takes has {name} without an event type: {name}=EventType")
    for name in handlers:
        if handlers.count(name) > 1:
            raise ToolFailed(f"{_LISTS} lists {name} twice")
        if not (listing.parent / name / "app.py").exists():
            # `sam build` would build nothing for it, without a word.
            raise ToolFailed(f"{_LISTS} lists {name}, but there is no functions/handlers/{name}/app.py: retire {name}")


def _text(value: object) -> str:
    if isinstance(value, list):
        return ",".join(str(each).strip() for each in value)
    return value if isinstance(value, str) else json.dumps(value)


class _Loader(yaml.CSafeLoader):
    """Ignores CloudFormation's tags: the parameters have none."""


_Loader.add_multi_constructor("!", lambda *_: None)


def parameters_of(project: Path = ROOT) -> dict[str, dict[str, Any]]:
    """The parameters that template.yaml declares, by name."""
    template: dict[str, Any] = _Loader((project / "template.yaml").read_text()).get_single_data()
    known: dict[str, dict[str, Any]] = template["Parameters"]
    return known
