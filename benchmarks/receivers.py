"""The receivers that are compared, built: ours as it is deployed, the others by a plain `sam build`.

All have the same versions of the same packages. Ours has reference handlers instead of the client's.
"""

import re
import shutil
import tempfile
from functools import cache
from pathlib import Path

from benchmarks.cost_by_size import USUAL
from tools.local.emulator import ROOT
from tools.local.sam import sam
from tools.local.stack import build
from tools.reference import reference_project
from tools.speed.process import HANDLER, INGEST, Function, function, our_functions, variables
from tools.stages import ARCHITECTURE

TUTORIAL = "tutorial"
WORK = ROOT / ".local" / "bench"

_BASELINES = ROOT / "benchmarks" / "baselines"
_LOCK = ROOT / "layers" / "dependencies" / "requirements.txt"


def built_functions() -> list[Function]:
    """All functions."""
    ingest, handler = our_functions(our_build())
    folder = _baselines_build()
    stated = {name: value for name, value in variables().items() if value}

    def other(part: str, receiver: str, name: str) -> Function:
        return function(part, receiver, (folder / name,), stated)

    return [
        ingest,
        other(INGEST, USUAL, "UsualIngest"),
        other(INGEST, TUTORIAL, "TutorialIngest"),
        handler,
        other(HANDLER, USUAL, "UsualHandler"),
    ]


@cache
def our_build() -> Path:
    """Build a copy of the project with reference handlers."""
    shutil.rmtree(WORK / "project", ignore_errors=True)
    project = reference_project(WORK / "project", ["CreateOrderEvent", "CustomEvent"])
    build(project)
    return project / ".aws-sam" / "build"


@cache
def _baselines_build() -> Path:
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as versions:
        versions.write("\n".join(re.findall(r"^\S+==\S+", _LOCK.read_text(), re.MULTILINE)))
        versions.flush()
        sam(
            *("build", "--template-file", str(_BASELINES / "template.yaml"), "--build-dir", str(WORK / "baselines")),
            *("--parameter-overrides", f"Architecture={ARCHITECTURE}"),
            environment={"PIP_CONSTRAINT": versions.name},
        )
    return WORK / "baselines"
