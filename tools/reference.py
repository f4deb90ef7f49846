"""Copies of the project: as it is, or with reference handlers instead of the client's, as tests and soak deploy it."""

import shutil
from collections.abc import Iterable
from pathlib import Path

from tools.local.emulator import ROOT
from tools.template import event_types

_HANDLERS = Path("functions", "handlers")
_NOT_COPIED = (".git", ".venv", ".aws-sam", ".local", ".*_cache", "__pycache__")
_APP = """from webhooks.handlers import {name}, handler, save_record


@handler({name})
def handle(event: {name}) -> None:
    save_record(event)
"""
_SETTINGS = {
    "settings.yaml": "Handlers: {CustomEvent: {MemorySize: 512, Timeout: 30, VisibilityTimeout: 180}}\n",
    "variables.yaml": "STACK_NAME: {Ref: AWS::StackName}\n",
    "resources.yaml": "OwnResources: {Type: AWS::CloudFormation::WaitConditionHandle}\n",
}
_STAGE = """
[{name}.global.parameters]
stack_name = "{stack}"
s3_prefix = "{stack}"
language_extensions = true
parallel = true
capabilities = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
resolve_s3 = true
confirm_changeset = {confirmed}
fail_on_empty_changeset = false

[{name}.global.parameters.parameter_overrides]
"$include" = "file://functions/handlers/types.yaml"
{parameters}
"""


def copy_of_project(to: Path, *but: str) -> Path:
    """Copy the project to a new folder, without what it builds and `but` files of these names; it shares `.venv`."""
    shutil.copytree(ROOT, to, ignore=shutil.ignore_patterns(*_NOT_COPIED, *but))
    (to / ".venv").symlink_to(ROOT / ".venv")
    return to


def reference_project(to: Path, types: Iterable[str] = ()) -> Path:
    """Copy the project to a new folder, with handlers for `types`, by default all of the template's.

    It has the stages `stage`, `live` and `local`; the client's may have other names and parameters.
    """
    copy_of_project(to, "handlers", "samconfig.toml")
    shutil.copytree(ROOT / "events", to / "events", dirs_exist_ok=True)  # events/handlers are the product's
    names = list(types) or event_types()
    for name in names:
        app = to / _HANDLERS / name / "app.py"
        app.parent.mkdir(parents=True)
        app.write_text(_APP.format(name=name))
    listed = "".join(f"  - {name}\n" for name in names)
    for file, text in (_SETTINGS | {"types.yaml": f"EventTypes:\n{listed}"}).items():
        (to / _HANDLERS / file).write_text(text)
    (to / "samconfig.toml").write_text(_samconfig())
    return to


def _samconfig() -> str:
    """The stages, of which `local` has a dashboard."""
    stages = (
        ("stage", "webhooks-stage", "true", ""),
        ("live", "webhooks-live", "true", 'CanaryDeployments = "true"'),
        ("local", "webhooks", "false", 'DashboardEnabled = "true"'),
    )
    return "version = 0.1\n" + "".join(
        _STAGE.format(name=name, stack=stack, confirmed=confirmed, parameters=parameters)
        for name, stack, confirmed, parameters in stages
    )
