"""A checkout of the project: its event types, and where commands store their state."""

import json
import os
import re
import shutil
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from webhooks.event import CUSTOM
from webhooks_cli.operations.errors import OperationFailed

_ABOVE_TAKES = """# What further handlers take, one Handler=EventType a line.
# `webhooks new NAME --for TYPE` and `webhooks retire NAME` edit this list.
# These lines keep the two lists apart: git merges changes that are close to each other as one.
"""
_TAKES = re.compile(rf"^(?:{re.escape(_ABOVE_TAKES)})?Takes:[ \t]*(?:\[\]|\"\")?[ \t]*\n", re.MULTILINE)
_ENTRY = re.compile(r"^ *- +(\w+)[ \t]*(?:#.*)?$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Checkout:
    """The folder of a checkout."""

    root: Path

    @classmethod
    def find(cls) -> Self | None:
        """The checkout that this package lies in, wherever it is run; None if there is none.

        A package that was installed alone belongs to the checkout around the current folder.
        """
        return cls._around(Path(__file__).parent) or cls._around(_current_folder())

    @classmethod
    def _around(cls, start: Path | None) -> Self | None:
        for folder in (start, *start.parents) if start else ():
            if (folder / "template.yaml").is_file() and (folder / "functions" / "handlers").is_dir():
                return cls(folder)
        return None

    @classmethod
    def required(cls) -> Self:
        """The same. Raises `OperationFailed` if there is none."""
        if found := cls.find():
            return found
        raise OperationFailed("this command needs a checkout of the project: run it inside the project's folder")

    @property
    def handlers(self) -> Path:
        """A folder for each event type with a handler of its own."""
        return self.root / "functions" / "handlers"

    @property
    def types_file(self) -> Path:
        """The list of these event types; the SAM CLI reads it as a parameter file."""
        return self.handlers / "types.yaml"

    @property
    def state(self) -> Path:
        """Where the local stack and the commands store their state. Git ignores it."""
        return self.root / ".local"

    @property
    def live_stream(self) -> Path:
        """The file to which the functions of a live `make up` append what happens, a JSON object per line."""
        return self.state / "live.jsonl"

    @property
    def debug_state(self) -> Path:
        """The file that `webhooks dev --debug` locks while it runs, and in which functions read what it wants."""
        return self.state / "debug.json"

    def stage(self, stack_name: str) -> dict[str, str]:
        """Profile and region of the stage in samconfig.toml that deploys a stack. Raises `OperationFailed`."""
        try:
            config = tomllib.loads((self.root / "samconfig.toml").read_text())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise OperationFailed(f"{self.root / 'samconfig.toml'} cannot be read: {error}") from error
        for commands in config.values():
            if not isinstance(commands, dict):
                continue
            found: dict[str, str] = {}
            for command in ("global", "deploy"):
                table = commands.get(command)
                found |= (table.get("parameters") or {}) if isinstance(table, dict) else {}
            if found.get("stack_name") == stack_name:
                return {name: str(found[name]) for name in ("profile", "region") if found.get(name)}
        return {}

    def event_types(self) -> list[str]:
        """The listed event types. Raises `OperationFailed` if the file is no list with CustomEvent."""
        return _listed(self.types_file)

    def takes(self, name: str) -> list[str]:
        """The event types that a handler takes besides its own, as listed."""
        found = re.findall(rf"^ *- +['\"]?{name} *= *(.+?)['\"]? *$", self.types_file.read_text(), re.MULTILINE)
        return [str(each) for each in found]

    def folder_of(self, event_type: str) -> Path | None:
        """The folder of an event type, whether it is listed or not."""
        # By comparison, since the name may have been written by a sender.
        return next((each for each in self.handlers.iterdir() if each.name == event_type and each.is_dir()), None)

    def add_type(self, name: str, files: Mapping[str, str], takes: Sequence[str] = ()) -> list[Path]:
        """Create a handler's folder, list it, and state what it takes besides its own type: all or nothing.

        Returns the files written.
        """
        longer = _with_takes(_with_type(self.types_file, name), name, takes)
        folder, draft = self.handlers / name, self.handlers / f".{name}.new"
        try:
            draft.mkdir()
            for file, text in files.items():
                (draft / file).write_text(text)
            draft.rename(folder)
            _replace(self.types_file, longer)
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            if name not in self.event_types():
                shutil.rmtree(folder, ignore_errors=True)
            raise
        return [*(folder / file for file in files), self.types_file]

    def remove_type(self, name: str) -> None:
        """Delete a handler's folder, take it off the list, and what it takes with it."""
        takes = re.compile(rf"^ *- +['\"]?{name} *=")
        lines = self.types_file.read_text().splitlines(keepends=True)
        shorter = "".join(line for line in lines if _ENTRY.findall(line) != [name] and not takes.match(line))
        if not re.search(r"^ *- +.*=", shorter, re.MULTILINE):
            shorter = _TAKES.sub("", shorter)
        _replace(self.types_file, shorter)
        if folder := self.folder_of(name):
            shutil.rmtree(folder)

    def mentions(self, name: str) -> list[str]:
        """Where the client's settings, variables and resources name a handler, or a resource of it: `file:line`."""
        named = re.compile(rf"\b{name}([A-Z]\w*)?\b")
        return [
            f"{file.relative_to(self.root)}:{number}"
            for file in sorted(self.handlers.glob("*.yaml"))
            for number, line in enumerate(file.read_text().splitlines(), 1)
            if named.search(line)
        ]


def state_folder() -> Path:
    """Where commands store their state: in the checkout, or without one in the user's state folder (XDG)."""
    if checkout := Checkout.find():
        return checkout.state
    home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(home) / "webhooks"


def _current_folder() -> Path | None:
    try:
        return Path.cwd()
    except OSError:  # it was deleted
        return None


def _listed(file: Path) -> list[str]:
    names = _ENTRY.findall(file.read_text()) if file.exists() else []
    if CUSTOM not in names:
        raise OperationFailed(f"{file} is not a list of event types with {CUSTOM}, one type a line")
    return names


def _with_type(file: Path, name: str) -> str:
    """The text of the list with one more type, before CustomEvent."""
    _listed(file)
    return re.sub(rf"^( *- +){CUSTOM}\b", rf"\g<1>{name}\n\g<0>", file.read_text(), count=1, flags=re.MULTILINE)


def _with_takes(text: str, name: str, takes: Sequence[str]) -> str:
    """The text with what a handler takes, first in the list `Takes`, which is made if there is none."""
    if not takes:
        return text
    entries = "".join(f"  - {_quoted(f'{name}={each}')}\n" for each in takes)
    begun = f"{_ABOVE_TAKES}Takes:\n{entries}"
    if _TAKES.search(text):
        return _TAKES.sub(lambda _: begun, text, count=1)
    return f"{text.rstrip()}\n{begun}"


def _quoted(text: str) -> str:
    """A text as YAML takes it."""
    return text if re.fullmatch(r"[\w=*]+", text) else json.dumps(text, ensure_ascii=False)


def _replace(file: Path, text: str) -> None:
    """Write a file as a whole, or not at all."""
    draft = file.with_name(f".{file.name}.new")
    draft.write_text(text)
    draft.replace(file)
