import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.examples import ROOT

LAYER = ROOT / "layers" / "core"
AWS = LAYER / "webhooks" / "aws"
MODULES = sorted(LAYER.rglob("*.py"))
PURE = [module for module in MODULES if AWS not in module.parents and module.name != "handlers.py"]
FOR_AWS_ONLY = {"boto3", "botocore", "aws_lambda_powertools", "mypy_boto3_dynamodb"}


def _imported(module: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(module.read_text())):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(name), level=0, names=names):
                yield name
                yield from (f"{name}.{alias.name}" for alias in names)
            case ast.ImportFrom(level=level):
                assert level == 0, f"{module}: a relative import hides what is imported"


def _name(module: Path) -> str:
    return str(module.relative_to(LAYER))


def test_there_are_modules_on_both_sides_of_the_border() -> None:
    assert len(PURE) > 10
    assert len(MODULES) - len(PURE) > 5


@pytest.mark.parametrize("module", PURE, ids=_name)
def test_a_pure_module_imports_nothing_of_aws(module: Path) -> None:
    imported = set(_imported(module))
    assert not {name for name in imported if name == "webhooks.aws" or name.startswith("webhooks.aws.")}
    assert not {name.split(".")[0] for name in imported} & FOR_AWS_ONLY


@pytest.mark.parametrize("module", PURE, ids=_name)
def test_a_pure_module_reads_no_environment_and_no_clock(module: Path) -> None:
    read = {node.attr for node in ast.walk(ast.parse(module.read_text())) if isinstance(node, ast.Attribute)}
    assert not read & {"environ", "getenv", "now", "utcnow", "time", "monotonic", "uuid4"}


def test_ingest_starts_without_pydantic() -> None:
    """It would add more to a cold start than all of ingest does."""
    script = f"""
import json, sys
sys.path[:0] = [{str(LAYER)!r}, {str(ROOT / "functions" / "ingest")!r}]
import app
print(json.dumps(sorted(sys.modules)))
"""
    ran = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    loaded = json.loads(ran.stdout)
    assert "webhooks.receive" in loaded
    assert not [name for name in loaded if name.split(".")[0] in {"pydantic", "pydantic_core"}]
