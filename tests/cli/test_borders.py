"""What the command may import: it is installed alone, and its operations serve the console too."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.examples import ROOT

PACKAGE = ROOT / "webhooks_cli"
MODULES = sorted(PACKAGE.rglob("*.py"))
OPERATIONS = [module for module in MODULES if "operations" in module.parts]


def _imported(module: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(module.read_text())):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(name), names=names):
                yield name
                yield from (f"{name}.{alias.name}" for alias in names)


def _name(module: Path) -> str:
    return str(module.relative_to(PACKAGE))


@pytest.mark.parametrize("module", MODULES, ids=_name)
def test_the_command_needs_no_checkout(module: Path) -> None:
    assert not {name.split(".")[0] for name in _imported(module)} & {"tools", "tests", "benchmarks"}


@pytest.mark.parametrize("module", OPERATIONS, ids=_name)
def test_operations_serve_any_face(module: Path) -> None:
    """They neither print nor ask, and run on any thread."""
    imported = set(_imported(module))
    assert not {name.split(".")[0] for name in imported} & {"click", "rich", "signal", "typer"}
    ours = {name for name in imported if name.startswith("webhooks_cli")}
    assert all(name.startswith("webhooks_cli.operations") for name in ours)
    called = {node.func.id for node in ast.walk(ast.parse(module.read_text())) if _is_call(node)}  # type: ignore[attr-defined]
    assert not called & {"print", "input"}


def _is_call(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
