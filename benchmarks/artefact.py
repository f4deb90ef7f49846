"""What `sam build` makes of the functions, ours and the others', and how it is run: as on Lambda, from its own folders.

Ours is built as it is deployed, the others by a plain `sam build`, with the same versions of the same packages.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, Any

from benchmarks.series import OURS, USUAL
from tests.integration.template import NO_ACCOUNT, environment, resources
from tests.unit.examples import ROOT
from tools.local.sam import sam
from tools.local.stack import build
from tools.sam_local import parameters
from tools.stages import ARCHITECTURE

INGEST, HANDLER = "ingest", "handler"
TUTORIAL = "tutorial"
CORE = min(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None
"""The one on which everything is measured, where a process can be bound to one."""

_BASELINES, _BUILT = ROOT / "benchmarks" / "baselines", ROOT / ".local" / "baselines" / "build"
_LOCK = ROOT / "layers" / "dependencies" / "requirements.txt"


@dataclass(frozen=True, slots=True)
class Artefact:
    """A built function: `part` is what it does, `name` whose it is."""

    part: str
    name: str
    folders: tuple[Path, ...]
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Call:
    """What one call took, in milliseconds of CPU: itself, and the process from its beginning to this answer."""

    cpu_ms: float
    cpu_ms_in_all: float
    answer: Any


class Running:
    """A process that runs an artefact."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def call(self, event: str) -> Call:
        """Hand over one event, as JSON. Fails if the process dies of it."""
        self._say(event)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the function failed"
        itself, in_all, answer = line.split(" ", 2)
        return Call(int(itself) / 1e6, int(in_all) / 1e6, json.loads(answer))

    def mark(self) -> None:
        """Tell a profiler that a part of the run is over."""
        self._say("")

    def _say(self, line: str) -> None:
        assert self._process.stdin is not None
        print(line, file=self._process.stdin, flush=True)


@contextmanager
def running(
    artefact: Artefact, *options: str, under: tuple[str, ...] = (), log: IO[str] | int = subprocess.DEVNULL
) -> Iterator[Running]:
    """A fresh process for the length of the block, with options for Python, perhaps `under` a profiler."""
    runner = Path(__file__).with_name("runner.py")
    with subprocess.Popen(
        [*under, sys.executable, "-I", "-S", "-B", *options, runner, *artefact.folders],
        env=dict(artefact.environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
    ) as process:
        if CORE is not None and not under:
            os.sched_setaffinity(process.pid, {CORE})
        yield Running(process)


def artefacts(url: str) -> list[Artefact]:
    """All of them, built; AWS answers at `url`."""
    _build()
    ingest, handler = ours(url)

    def other(part: str, name: str, function: str) -> Artefact:
        return _artefact(part, name, (_BUILT / function,), parameters(url))

    return [
        ingest,
        other(INGEST, USUAL, "UsualIngest"),
        other(INGEST, TUTORIAL, "TutorialIngest"),
        handler,
        other(HANDLER, USUAL, "UsualHandler"),
    ]


def ours(url: str) -> list[Artefact]:
    """Ingest and one of the handlers of this receiver, as `sam build` has made them."""
    stated = parameters(url)

    def built(part: str, function: str) -> Artefact:
        folders = tuple(_ours() / name for name in (function, "DependenciesLayer/python", "CoreLayer/python"))
        return _artefact(part, OURS, folders, environment(resources()[function], stated))

    return [built(INGEST, "IngestFunction"), built(HANDLER, "CreateOrderEventHandler")]


def _artefact(part: str, name: str, folders: tuple[Path, ...], stated: Mapping[str, str]) -> Artefact:
    return Artefact(part, name, folders, {**NO_ACCOUNT, **stated, "AWS_LAMBDA_FUNCTION_NAME": part})


def _ours() -> Path:
    return ROOT / ".aws-sam" / "build"


@cache
def _build() -> None:
    build()
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as versions:
        versions.write("\n".join(re.findall(r"^\S+==\S+", _LOCK.read_text(), re.MULTILINE)))
        versions.flush()
        sam(
            *("build", "--template-file", str(_BASELINES / "template.yaml"), "--build-dir", str(_BUILT)),
            *("--parameter-overrides", f"Architecture={ARCHITECTURE}"),
            environment={"PIP_CONSTRAINT": versions.name},
        )
