"""A copy of the tree, in which mutants are tested."""

import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from coverage import CoverageData

from tools.mutants import plugin
from tools.mutants.mutant import Mutant
from tools.mutants.tests import Tests, file_of

_NOT_COPIED = (".git", ".venv", "__pycache__", ".*_cache", ".hypothesis", ".aws-sam", ".local", ".coverage*")


@dataclass(frozen=True, slots=True)
class Workspace:
    """Nothing is written outside of `folder`; the tree is in `folder`/tree."""

    folder: Path

    @classmethod
    def of_work_tree(cls, folder: Path) -> Self:
        """Copy the current directory, whose .venv is used as it is."""
        shutil.copytree(".", folder / "tree", symlinks=True, ignore=shutil.ignore_patterns(*_NOT_COPIED))
        (folder / "tree" / ".venv").symlink_to(Path(".venv").resolve())
        return cls(folder.resolve())

    def copy(self, folder: Path) -> "Workspace":
        """Copy all of it, with the bytecode that its tests have left."""
        return Workspace(shutil.copytree(self.folder, folder, symlinks=True).resolve())

    def measure(self, paths: Sequence[str], sources: Sequence[str]) -> Tests:
        """Run all tests once, without a mutant. They must pass."""
        seconds = self.folder / "seconds.json"
        coverage = [*(f"--cov={source}" for source in sources), "--cov-context=test", "--cov-report="]
        code, output = self._pytest([*paths, *coverage, "--cov-fail-under=0"], {plugin.SECONDS: str(seconds)})
        if code != 0:
            sys.exit(f"{output}\nthe tests must pass without a mutant")
        data = CoverageData(str(self._tree / ".coverage"))
        data.read()
        files = {str(Path(file).relative_to(self._tree)): file for file in data.measured_files()}
        return Tests(
            {path: data.contexts_by_lineno(file) for path, file in files.items()}, json.loads(seconds.read_text())
        )

    def test(self, mutant: Mutant, picked: Sequence[str], tests: Tests, patience: float) -> tuple[str, str]:
        """Say what becomes of the mutant, "killed", "timeout" or "survived", and which of the tests failed first."""
        environment = {"PYTHONDONTWRITEBYTECODE": "1"}  # no later run may find that of a mutant
        for name, content in (plugin.PICKED, picked), (plugin.KNOWN, list(tests.seconds)):
            environment[name] = str(self.folder / f"{name}.json")
            Path(environment[name]).write_text(json.dumps(content))
        file = self._tree / mutant.path
        source = file.read_bytes()
        # Python takes bytecode as current if size and modification time, in whole seconds, are those of the source.
        Path(importlib.util.cache_from_source(str(file))).unlink(missing_ok=True)
        file.write_bytes(mutant.apply(source))
        try:
            code, output = self._pytest(list(dict.fromkeys(map(file_of, picked))), environment, patience)
        finally:
            file.write_bytes(source)
        failed = [line for line in output.splitlines() if line.startswith(("FAILED ", "ERROR "))]
        return {0: "survived", None: "timeout"}.get(code, "killed"), failed[0] if failed else ""

    def _pytest(
        self, arguments: Sequence[str], environment: dict[str, str], patience: float | None = None
    ) -> tuple[int | None, str]:
        """Return its exit code, None if it was killed after `patience` seconds, and its output."""
        settings = tomllib.loads((self._tree / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]
        # Comes before any .pth file, which may lead to the work tree.
        path = os.pathsep.join(str(self._tree / entry) for entry in settings.get("pythonpath", ["."]))
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-p", plugin.__name__]
        with subprocess.Popen(
            [*command, *arguments],
            cwd=self._tree,
            # In CI, Hypothesis draws the same examples in each run, and keeps none.
            env=os.environ | {"CI": "true", "PYTHONPATH": path} | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        ) as process:
            try:
                output, _ = process.communicate(timeout=patience)
            except subprocess.TimeoutExpired:
                return None, ""
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
        return process.returncode, output

    @property
    def _tree(self) -> Path:
        return self.folder / "tree"
