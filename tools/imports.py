"""Refuses a build with a handler that cannot be imported: each of its events would fail and wait for a retry.

Warns of a handler that was not built, because it is not listed.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import boto3

from tools.errors import ToolFailed
from tools.includes import VARIABLES, content
from tools.local.progress import console
from tools.stages import ARCHITECTURE
from tools.template import NO_ACCOUNT, resources, variables

_RUNNER = Path(__file__).with_name("import_runner.py")


def check_imports(project: Path, build: Path, architecture: str = ARCHITECTURE) -> None:
    """Import `app.handle` of each built handler. Raises `ToolFailed` with the tracebacks; warns of unlisted handlers.

    What is compiled for another machine than this one cannot be imported here: the layer's packages are replaced by the
    same versions for this machine, and a handler with compiled packages of its own is left out.
    """
    is_native = architecture == ARCHITECTURE and sys.platform == "linux"
    handlers = [app.parent for app in sorted(build.glob("*Handler/app.py"))]
    for name in _unlisted(project, handlers):
        console.print(
            f"[yellow]warning:[/] functions/handlers/{name} is not in types.yaml, so no event goes to it",
            soft_wrap=True,
        )
    functions = [folder for folder in handlers if is_native or not any(folder.rglob("*.so"))]
    with _dependencies(build, is_native=is_native) as dependencies:
        layers = (dependencies, build / "CoreLayer" / "python")
        ran = subprocess.run(
            [sys.executable, "-I", "-S", "-B", _RUNNER, *layers, "--", *functions],
            env=_environment(project),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    failures = [json.loads(line) for line in ran.stdout.splitlines()]
    if ran.returncode:
        raise ToolFailed(f"the built handlers cannot be imported:\n{ran.stderr}")
    if failures:
        raise ToolFailed("\n".join(_described(Path(failure["folder"]), failure["traceback"]) for failure in failures))


def _unlisted(project: Path, built: list[Path]) -> list[str]:
    """The handlers that have a folder and were not built."""
    folders = {app.parent.name for app in (project / "functions" / "handlers").glob("*/app.py")}
    return sorted(folders - {folder.name.removesuffix("Handler") for folder in built})


def _described(folder: Path, traceback: str) -> str:
    source = f"functions/handlers/{folder.name.removesuffix('Handler')}"
    return f"{source} cannot be imported, so nothing was deployed:\n{traceback.replace(str(folder), source)}"


@contextmanager
def _dependencies(build: Path, *, is_native: bool) -> Iterator[Path]:
    """The packages of the dependencies' layer, for this machine."""
    layer = build / "DependenciesLayer" / "python"
    if is_native:
        yield layer
        return
    installed = Path(boto3.__file__).parents[1]
    with TemporaryDirectory(prefix="webhooks-imports-") as folder:
        for package in layer.iterdir():
            if (installed / package.name).exists():
                Path(folder, package.name).symlink_to(installed / package.name)
        yield Path(folder)


def _environment(project: Path) -> dict[str, str]:
    """The variables of a handler; the name of a variable stands for a value that only AWS knows."""
    own = content(project, VARIABLES)
    literal = {name: None if isinstance(value, dict) else str(value) for name, value in own.items()}
    declared = variables(resources()["CustomEventHandler"]) | literal
    offline = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_MAX_ATTEMPTS": "1"}
    return {name: value or name for name, value in declared.items()} | NO_ACCOUNT | offline
