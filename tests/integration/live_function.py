"""A function of a live stack, in a process that calls it as the emulator does."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.local.live import make_live

WORKER = """
import json, sys, types
sys.path.insert(0, sys.argv[1])
answers, sys.stdout = sys.stdout, sys.stderr
from app import handle
for line in sys.stdin:
    event, milliseconds = json.loads(line)
    try:
        answer = handle(event, types.SimpleNamespace(get_remaining_time_in_millis=lambda: milliseconds))
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), file=answers, flush=True)
"""


@dataclass(frozen=True)
class Function:
    """A process that runs the stub of a handler."""

    project: Path
    process: subprocess.Popen[str]

    @property
    def app(self) -> Path:
        """The file of the handler."""
        return self.project / "functions" / "handlers" / "Greeting" / "app.py"

    def save(self, text: str, file: str = "app.py") -> None:
        """Save a file of the handler."""
        self.app.with_name(file).write_text(text)

    def save_core(self, text: str) -> None:
        """Save the product's package."""
        (self.project / "layers" / "core" / "webhooks" / "__init__.py").write_text(text)

    def begin(self, milliseconds: int = 900_000, event: Any = None) -> None:
        """Send an event."""
        assert self.process.stdin
        self.process.stdin.write(json.dumps([event or {"name": "Ada"}, milliseconds]) + "\n")
        self.process.stdin.flush()

    def answer(self) -> Any:
        """Wait for the answer."""
        assert self.process.stdout
        return json.loads(self.process.stdout.readline())

    def call(self, milliseconds: int = 900_000) -> Any:
        """Send an event, and wait for the answer."""
        self.begin(milliseconds)
        return self.answer()

    def reports(self, what: str) -> list[Any]:
        """What the stream has of one kind."""
        stream = self.project / ".local" / "live.jsonl"
        lines = stream.read_text().splitlines() if stream.exists() else []
        return [line[what] for line in map(json.loads, lines) if what in line]


@contextmanager
def live_function(tmp_path: Path) -> Iterator[Function]:
    """Run a function for the length of the block."""
    source, built = tmp_path / "functions" / "handlers" / "Greeting", tmp_path / "built"
    for folder in (source, tmp_path / "layers" / "core" / "webhooks", tmp_path / ".local"):
        folder.mkdir(parents=True)
    source.joinpath("app.py").write_text("import webhooks, package\ndef handle(event, context): return webhooks.VALUE")
    (tmp_path / "layers" / "core" / "webhooks" / "__init__.py").write_text("VALUE = 1")
    shutil.copytree(source, built / "GreetingHandler")
    (built / "GreetingHandler" / "package.py").touch()  # of its requirements.txt
    make_live(tmp_path, built)
    with subprocess.Popen(
        [sys.executable, "-c", WORKER, built / "GreetingHandler"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        yield Function(tmp_path, process)
        process.kill()
