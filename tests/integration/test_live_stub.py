"""The stub of a live stack, in a process that calls it as the emulator does: each save counts from the next call on."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tools.local.client import wait_until
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

    def save(self, text: str, file: str = "app.py") -> None:
        """Save a file of the handler."""
        (self.project / "functions" / "handlers" / "Greeting" / file).write_text(text)

    def save_core(self, text: str) -> None:
        """Save the product's package."""
        (self.project / "layers" / "core" / "webhooks" / "__init__.py").write_text(text)

    def begin(self, milliseconds: int = 900_000) -> None:
        """Send an event."""
        assert self.process.stdin
        self.process.stdin.write(json.dumps([{"name": "Ada"}, milliseconds]) + "\n")
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


@pytest.fixture
def function(tmp_path: Path) -> Iterator[Function]:
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


def test_each_save_counts_at_the_next_call(function: Function) -> None:
    assert function.call() == 1
    for number in range(20):  # of one size, several within a second
        function.save(f"def handle(event, context): return {number % 10}")
        assert function.call() == number % 10


def test_a_save_of_another_module_counts(function: Function) -> None:
    function.save("NAME = 'a'", "names.py")
    function.save("import names\ndef handle(event, context): return names.NAME")
    assert function.call() == "a"
    function.save("NAME = 'b'", "names.py")
    assert function.call() == "b"
    assert [Path(path).name for (path,) in function.reports("reloaded")] == ["names.py"]


def test_a_save_of_the_product_counts(function: Function) -> None:
    assert function.call() == 1
    function.save_core("VALUE = 2")
    assert function.call() == 2


def test_a_broken_save_waits_for_the_next(function: Function) -> None:
    function.save("def handle(event, context) return 1")
    function.begin()
    wait_until(lambda: function.reports("broken"), lambda found: len(found) == 1, "a report")
    function.save("def handler(event, context): return 1")
    wait_until(lambda: function.reports("broken"), lambda found: len(found) == 2, "another report")
    function.save("def handle(event, context): return 'repaired'")
    assert function.answer() == "repaired"
    syntax, name = function.reports("broken")
    assert "SyntaxError: expected ':'" in syntax
    assert "has no attribute 'handle'" in name
    assert len(function.reports("begun")) == 1


def test_it_stops_waiting_before_the_timeout(function: Function) -> None:
    function.save("import nothing_of_this_name")
    assert "NotImportable" in function.call(milliseconds=1_000)["error"]
    function.save("def handle(event, context): return 'repaired'")
    assert function.call(milliseconds=1_000) == "repaired"


def test_what_it_prints_is_reported(function: Function) -> None:
    function.save("def handle(event, context):\n    print('one\\ntwo')\n    print('{\"_aws\": 1}')")
    function.call()
    assert function.reports("line") == ["one", "two"]
