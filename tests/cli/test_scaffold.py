"""`webhooks new` on a copy of the project: all that a type needs is made, or nothing is."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tools.event_types import event_types
from tools.local.emulator import ROOT
from webhooks_cli import scaffold as scaffolding
from webhooks_cli.app import app
from webhooks_cli.commands import new as command
from webhooks_cli.errors import ToolFailed
from webhooks_cli.new_type import KINDS, NewType
from webhooks_cli.sample_events import sample_request
from webhooks_cli.scaffold import Changes, scaffold

NAME = "ScaffoldTested"
FIELDS = ["TestId:int", "SKU:str", *(f"Of{kind.title().replace('-', '')}:{kind}" for kind in KINDS)]
MADE = [
    "layers/core/webhooks/events/scaffold_tested.py",
    "functions/handlers/ScaffoldTested/app.py",
    "tests/unit/test_scaffold_tested_handler.py",
    "events/ingest/ScaffoldTested.json",
    "events/handlers/ScaffoldTested.json",
    "docs/schemas/ScaffoldTested.json",
]
LISTS = ["events/expected.json", "template.yaml"]
CHANGED = [*LISTS, "docs/deploy.md", "docs/costs.md", "docs/scale.md"]


def _copy(to: Path) -> Path:
    made = shutil.ignore_patterns(
        ".git", ".venv", ".aws-sam", ".local", "__pycache__", ".*_cache", ".hypothesis", ".coverage"
    )
    shutil.copytree(ROOT, to, ignore=made, dirs_exist_ok=True)
    (to / ".venv").symlink_to(ROOT / ".venv")
    return to


def _contents(root: Path) -> dict[str, bytes | None]:
    return {
        str(path.relative_to(root)): path.read_bytes() if path.is_file() else None
        for path in root.rglob("*")
        if "__pycache__" not in path.parts
    }


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _copy(tmp_path_factory.mktemp("before"))


@pytest.fixture(scope="module")
def after(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = _copy(tmp_path_factory.mktemp("after"))
    changes = scaffold(copy, NewType.parse(NAME, FIELDS))
    assert (changes.made, list(changes.changed)) == (MADE, CHANGED)
    return copy


def test_it_makes_and_changes_what_it_says_and_nothing_else(before: Path, after: Path) -> None:
    was, became = _contents(before), _contents(after)
    assert became.keys() - was.keys() == {*MADE, f"functions/handlers/{NAME}"}
    assert {path for path, text in was.items() if became[path] != text} == set(CHANGED)


def test_the_templates_list_grows_by_one_line(before: Path, after: Path) -> None:
    was, became = ((root / "template.yaml").read_text() for root in (before, after))
    assert became.replace(f"      {NAME},\n", "", 1) == was
    assert event_types(became) == [*event_types(was)[:-1], NAME, "CustomEvent"]


def test_the_expected_answers_grow_by_two_lines(before: Path, after: Path) -> None:
    was, became = ((root / "events/expected.json").read_text() for root in (before, after))
    own = [line for line in became.splitlines(keepends=True) if NAME in line]
    assert (len(own), was) == (2, "".join(line for line in became.splitlines(keepends=True) if line not in own))
    files = list(json.loads(became))
    assert files.index(f"ingest/{NAME}.json") + 1 == files.index("ingest/CustomEvent.json")
    assert files.index(f"handlers/{NAME}.json") + 1 == files.index("handlers/CustomEvent.json")


def test_both_samples_tell_of_one_event_and_no_other_file_does(before: Path, after: Path) -> None:
    request = json.loads((after / "events/ingest" / f"{NAME}.json").read_text())
    (record,) = json.loads((after / "events/handlers" / f"{NAME}.json").read_text())["Records"]
    assert json.loads(request["body"])["EventType"] == NAME
    assert record["body"] == request["body"]
    message_id = request["headers"]["x-directscale-message-id"]
    assert record["messageAttributes"]["MessageId"]["stringValue"] == message_id
    others = [path.read_text() for path in (before / "events").rglob("*.json")]
    like = (before / "events/ingest/CustomEvent.json").read_text()
    assert message_id not in "".join([*others, sample_request(like, NewType.parse("OtherTested", []))])


def test_what_was_made_passes_the_projects_own_tests(after: Path) -> None:
    """Those that ask something of every type; its own two among them."""
    tests = ["unit/test_models.py", "unit/test_handlers.py", "unit/test_costs_template.py", "integration/test_files.py"]
    tests += ["template/test_alarms.py", "template/test_deploy_page.py", "template/test_schemas.py"]
    ran = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"),
            *("-k", f"{NAME} or {Path(MADE[2]).stem} or each or every or own or schemas"),
            *(MADE[2], *(f"tests/{test}" for test in tests)),
        ],
        cwd=after,
        env={**os.environ, "PYTHONPATH": f"{after}/layers/core:{after}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout


@pytest.mark.parametrize(
    ("name", "fields", "why"),
    [
        ("DailyEvent", [], "DailyEvent is a type already: its handler is functions/handlers/DailyEvent/app.py"),
        ("DAILYEvent", [], "DailyEvent is a type already"),
        ("Ingest", [], "something else in template.yaml"),
        ("Resources", [], "something else in template.yaml"),
        ("Base", [], "layers/core/webhooks/events/base.py is there already"),
        (NAME, ["l:int"], "does not pass the checks, so nothing is changed: .*E741"),
    ],
)
def test_what_cannot_be_made_is_refused_and_leaves_nothing(
    before: Path, name: str, fields: list[str], why: str
) -> None:
    was = _contents(before)
    with pytest.raises(ToolFailed, match=why):
        scaffold(before, NewType.parse(name, fields))
    assert _contents(before) == was


@pytest.mark.parametrize("path", [*MADE, *LISTS])
def test_an_interruption_anywhere_leaves_nothing(before: Path, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    was = _contents(before)

    def write(self: Changes, written: str, text: str) -> None:
        whole[written in LISTS](self, written, text)
        if written == path:
            raise KeyboardInterrupt

    whole = (Changes.make, Changes.change)
    monkeypatch.setattr(Changes, "make", write)
    monkeypatch.setattr(Changes, "change", write)
    monkeypatch.setattr(scaffolding, "_run", lambda *_: "")
    with pytest.raises(KeyboardInterrupt):
        scaffold(before, NewType.parse(NAME, FIELDS))
    assert _contents(before) == was


def test_a_page_that_cannot_be_written_leaves_nothing_either(before: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    was = _contents(before)
    monkeypatch.setattr(scaffolding, "_PAGES", {"docs/deploy.md": "tools.subscriptions", "docs/costs.md": "tools.none"})
    with pytest.raises(ToolFailed, match=r"nothing is changed: .*No module named tools\.none"):
        scaffold(before, NewType.parse(NAME, FIELDS))
    assert _contents(before) == was


@pytest.mark.parametrize(
    ("path", "gone", "why"),
    [
        ("template.yaml", "      CustomEvent\n", "EventTypes is not a list"),
        ("events/expected.json", '  "handlers/CustomEvent.json": ', "no line for handlers/CustomEvent.json"),
    ],
)
def test_a_list_in_another_shape_is_not_guessed_at(tmp_path: Path, path: str, gone: str, why: str) -> None:
    copy = _copy(tmp_path)
    (copy / path).write_text((copy / path).read_text().replace(gone, "", 1))
    was = _contents(copy)
    with pytest.raises(ToolFailed, match=why):
        scaffold(copy, NewType.parse(NAME, []))
    assert _contents(copy) == was


def test_the_command_prints_what_is_made_and_tells_the_next_steps_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "ROOT", _copy(tmp_path))
    monkeypatch.setattr(scaffolding, "_PAGES", {})
    done = CliRunner().invoke(app, ["new", NAME, "--field", "TestId:int", "--json"])
    assert json.loads(done.stdout) == {"made": MADE, "changed": LISTS}
    assert f"functions/handlers/{NAME}/app.py" in done.stderr
    assert (tmp_path / MADE[0]).read_text().endswith("    test_id: int\n")
    again = CliRunner().invoke(app, ["new", NAME])
    assert isinstance(again.exception, ToolFailed)
    assert CliRunner().invoke(app, ["new", "no-name"]).exit_code == 2
