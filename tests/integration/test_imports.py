"""A handler that cannot be imported is refused before anything is deployed."""

import shutil
from pathlib import Path

import pytest

from tools.errors import ToolFailed
from tools.imports import check_imports
from tools.local.stack import build
from tools.reference import reference_project
from tools.stages import ARCHITECTURE

TYPE = "CreateOrderEvent"
OTHER = "x86_64" if ARCHITECTURE == "arm64" else "arm64"


@pytest.fixture
def changed(built: Path, tmp_path: Path) -> Path:
    """A copy of the build, with links for the layers."""
    shutil.copytree(built, tmp_path / "build", ignore=shutil.ignore_patterns("*Layer"))
    for layer in built.glob("*Layer"):
        (tmp_path / "build" / layer.name).symlink_to(layer)
    return tmp_path / "build"


@pytest.mark.parametrize("architecture", [ARCHITECTURE, OTHER])
def test_reference_handlers_can_be_imported(project: Path, built: Path, architecture: str) -> None:
    check_imports(project, built, architecture)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("import moto", "ModuleNotFoundError: No module named 'moto'"),  # a package of the tests only
        ("def handle(:", "SyntaxError: "),
        ("from webhooks.handlers import save", "ImportError: cannot import name 'save'"),
        ("", "AttributeError: module 'app' has no attribute 'handle'"),
        ("import sys; sys.exit()", "SystemExit"),
        ("import os; os.abort()", "the process died: -6"),
    ],
)
def test_a_broken_handler_is_refused(project: Path, changed: Path, code: str, error: str) -> None:
    (changed / f"{TYPE}Handler" / "app.py").write_text(f"{code}\n")
    with pytest.raises(ToolFailed, match=rf"^functions/handlers/{TYPE} cannot be imported(.|\n)+{error}"):
        check_imports(project, changed)


def test_an_unlisted_handler_is_a_warning(
    project: Path, changed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its folder alone deploys nothing."""
    shutil.copytree(project / "functions" / "handlers", tmp_path / "functions" / "handlers")
    check_imports(tmp_path, changed)
    assert "warning" not in capsys.readouterr().out
    (tmp_path / "functions" / "handlers" / "OrderMailing").mkdir()
    (tmp_path / "functions" / "handlers" / "OrderMailing" / "app.py").touch()
    check_imports(tmp_path, changed)
    assert "OrderMailing is not in types.yaml, so no event goes to it" in capsys.readouterr().out


def test_a_missing_package_is_found_on_another_machine(project: Path, changed: Path) -> None:
    (changed / f"{TYPE}Handler" / "app.py").write_text("import moto\n")
    with pytest.raises(ToolFailed, match="No module named 'moto'"):
        check_imports(project, changed, OTHER)


@pytest.mark.parametrize(
    "code",
    ["import boto3; boto3.client('s3').list_buckets()", "import os; os.environ['RECORDS_TABLE']; print('printed')"],
)
def test_a_handler_may_use_aws_when_imported(project: Path, changed: Path, code: str) -> None:
    (changed / f"{TYPE}Handler" / "app.py").write_text(f"{code}\nhandle = print\n")
    check_imports(project, changed)


def test_a_build_with_a_broken_handler_is_refused(tmp_path: Path) -> None:
    project = reference_project(tmp_path / "project", ["CustomEvent"])
    (project / "functions/handlers/CustomEvent/app.py").write_text("import missing\n")
    with pytest.raises(ToolFailed, match=r"functions/handlers/CustomEvent/app\.py.+\n.*import missing"):
        build(project)
