"""Copies of the project: as it is, or with reference handlers instead of the client's, as tests and soak deploy it."""

import re
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


def copy_of_project(to: Path, *but: str) -> Path:
    """Copy the project to a new folder, without what it builds and `but` files of these names; it shares `.venv`."""
    shutil.copytree(ROOT, to, ignore=shutil.ignore_patterns(*_NOT_COPIED, *but))
    (to / ".venv").symlink_to(ROOT / ".venv")
    return to


def reference_project(to: Path, types: Iterable[str] = ()) -> Path:
    """Copy the project to a new folder, with handlers for `types`, by default all of the template's.

    The samconfig.toml is the client's, so only its stage `local` may be used.
    """
    copy_of_project(to, "handlers")
    shutil.copytree(ROOT / "events", to / "events", dirs_exist_ok=True)  # events/handlers are the product's
    names = list(types) or event_types()
    for name in names:
        app = to / _HANDLERS / name / "app.py"
        app.parent.mkdir(parents=True)
        app.write_text(_APP.format(name=name))
    listed = "".join(f"  - {name}\n" for name in names)
    for file, text in (_SETTINGS | {"types.yaml": f"EventTypes:\n{listed}"}).items():
        (to / _HANDLERS / file).write_text(text)
    _without_own_parameters(to / "samconfig.toml")
    return to


def _without_own_parameters(samconfig: Path) -> None:
    """Remove the client's parameters from the stage `local`; it gets a dashboard."""
    text = samconfig.read_text()
    header = "[local.global.parameters.parameter_overrides]\n"
    own = '"$include" = "file://functions/handlers/types.yaml"\nDashboardEnabled = "true"\n'
    samconfig.write_text(re.sub(rf"{re.escape(header)}[^\[]*", header + own, text))
