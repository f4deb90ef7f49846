"""Puts a new event type into the repository: all that belongs to it, or nothing."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from string import Template

from tools.event_types import event_types, with_event_type
from webhooks_cli.errors import ToolFailed
from webhooks_cli.new_type import NewType
from webhooks_cli.sample_events import sample_batch, sample_key, sample_request

_TEMPLATES = Path(__file__).parent / "templates"
_SCHEMA = "import sys; from tools.schemas import schemas; sys.stdout.write(schemas()[sys.argv[1]])"
_PAGES = {
    "docs/deploy.md": "tools.subscriptions",
    "docs/costs.md": "benchmarks.costs.report",
    "docs/scale.md": "benchmarks.limits.report",
}
"""What is written anew of the types that there are, and by which module."""


@dataclass(frozen=True)
class Changes:
    """Files under `root`, by their paths there: those made, and what stood in those changed."""

    root: Path
    made: list[str] = field(default_factory=list)
    changed: dict[str, str] = field(default_factory=dict)
    _folders: list[Path] = field(default_factory=list)

    def make(self, path: str, text: str) -> None:
        """Write a new file. Raises `FileExistsError`."""
        folder = (self.root / path).parent
        if not folder.exists():
            folder.mkdir()
            self._folders.append(folder)
        with (self.root / path).open("x") as file:
            self.made.append(path)
            file.write(text)

    def change(self, path: str, text: str) -> None:
        """Write another text into a file."""
        self.remember(path)
        (self.root / path).write_text(text)

    def remember(self, path: str) -> None:
        """Note what stands in a file that will be changed."""
        self.changed[path] = (self.root / path).read_text()

    def take_back(self) -> None:
        """Leave everything as it was."""
        for path in self.made:
            (self.root / path).unlink()
        for folder in self._folders:
            folder.rmdir()
        for path, text in self.changed.items():
            (self.root / path).write_text(text)


def scaffold(root: Path, new: NewType) -> Changes:
    """Make model, handler, test, sample events and schema, list the type and what its samples lead to, write its pages.

    Raises `ToolFailed` where the type, or a file of it, is there already, or what was made does not pass the checks:
    nothing is changed then, nor after Ctrl-C.
    """
    template = (root / "template.yaml").read_text()
    _refuse_taken(template, new)
    longer = with_event_type(template, new.name)
    code = _code(new)
    samples = {
        f"events/ingest/{new.name}.json": sample_request(_like(root, "ingest"), new),
        f"events/handlers/{new.name}.json": sample_batch(_like(root, "handlers"), new),
    }
    expected = _expected(root, new, samples[f"events/handlers/{new.name}.json"])
    schema = f"docs/schemas/{new.name}.json"
    for path in (*code, *samples, schema):
        if (root / path).exists():
            raise ToolFailed(f"{path} is there already: remove it, or choose another name")
    with _all_or_nothing(root) as changes:
        for path, text in (code | samples).items():
            changes.make(path, text)
        _run(root, "-m", "ruff", "format", "--no-cache", "--quiet", *code)
        _run(root, "-m", "ruff", "check", "--no-cache", "--quiet", "--output-format=concise", *code)
        changes.make(schema, _run(root, "-c", _SCHEMA, f"{new.name}.json"))
        changes.change("events/expected.json", expected)
        changes.change("template.yaml", longer)
        for page, module in _PAGES.items():
            changes.remember(page)
            _run(root, "-m", module)
    return changes


def _refuse_taken(template: str, new: NewType) -> None:
    for name in event_types(template):
        if name.casefold() == new.name.casefold():
            raise ToolFailed(f"{name} is a type already: its handler is functions/handlers/{name}/app.py")
    # Resources that the template would have twice; and words that stand for something else in it.
    of_a_type = re.findall(r"^ +\$\{EventType\}(\w+):$", template, re.MULTILINE)
    others = re.findall(r"^  (\w+):$", template, re.MULTILINE)
    if {new.name + what for what in of_a_type} & set(others) or re.search(rf"\b{new.name}\b", template):
        raise ToolFailed(f"{new.name} is the name of something else in template.yaml; its events go to CustomEvent")


def _code(new: NewType) -> dict[str, str]:
    names = [name for name in ("Money", "UtcDatetime") if re.search(rf"\b{name}\b", new.lines)]
    imports = f"from webhooks.events.base import {', '.join(['Event', *names])}"
    values = {
        "name": new.name,
        "module": new.module,
        "words": new.words,
        "imports": f"from pydantic import Field\n\n{imports}" if "Field(" in new.lines else imports,
        "fields": new.lines,
        "pk": new.pk,
        "kept_as": new.kept_as,
    }
    places = {
        "model": f"layers/core/webhooks/events/{new.module}.py",
        "handler": f"functions/handlers/{new.name}/app.py",
        "test": f"tests/unit/test_{new.module}_handler.py",
    }
    return {
        path: Template((_TEMPLATES / f"{what}.txt").read_text()).substitute(values) for what, path in places.items()
    }


def _like(root: Path, folder: str) -> str:
    return (root / "events" / folder / "CustomEvent.json").read_text()


def _expected(root: Path, new: NewType, batch: str) -> str:
    text = (root / "events" / "expected.json").read_text()
    answers = {
        "ingest": '"function": "IngestFunction", "status": 200, "outcome": "accepted"',
        "handlers": f'"function": "{new.name}Handler", "failed": [], "records": ["{new.kept_as} {sample_key(batch)}"]',
    }
    for folder, answer in answers.items():
        before, custom, after = text.partition(f'  "{folder}/CustomEvent.json": ')
        if not custom:
            raise ToolFailed(f"events/expected.json: there is no line for {folder}/CustomEvent.json")
        text = f'{before}  "{folder}/{new.name}.json": {{{answer}}},\n{custom}{after}'
    return text


@contextmanager
def _all_or_nothing(root: Path) -> Iterator[Changes]:
    changes = Changes(root)
    try:
        yield changes
    except BaseException:
        changes.take_back()
        raise


def _run(root: Path, *arguments: str) -> str:
    """What Python prints, run in a checkout: its packages, not those of another one."""
    path = os.pathsep.join((str(root / "layers" / "core"), str(root)))
    done = subprocess.run(
        [sys.executable, "-B", *arguments],
        cwd=root,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        reason = (done.stdout.strip() or done.stderr.strip()).rpartition("\n")[2]
        raise ToolFailed(f"what would be made does not pass the checks, so nothing is changed: {reason}")
    return done.stdout
