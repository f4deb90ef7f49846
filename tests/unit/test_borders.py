"""Which modules may import what."""

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
PURE = [
    path
    for path in sorted(LAYER.rglob("*.py"))
    if AWS not in path.parents and path.name not in {"handlers.py", "testing.py"}
]
FOR_AWS_ONLY = {"boto3", "botocore", "aws_lambda_powertools", "mypy_boto3_dynamodb"}
IMPURE = {"environ", "getenv", "now", "utcnow", "time", "monotonic", "uuid4"}


def _imported(module: ast.Module) -> Iterator[str]:
    for node in ast.walk(module):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(name), names=names):
                yield name
                yield from (f"{name}.{alias.name}" for alias in names)


@pytest.mark.parametrize("path", PURE, ids=lambda path: str(path.relative_to(LAYER)))
def test_a_pure_module_knows_no_aws_environment_clock(path: Path) -> None:
    module = ast.parse(path.read_text())
    imported = set(_imported(module))
    assert not {name for name in imported if f"{name}.".startswith("webhooks.aws.")}
    assert not {name.split(".")[0] for name in imported} & FOR_AWS_ONLY
    assert not {node.attr for node in ast.walk(module) if isinstance(node, ast.Attribute)} & IMPURE


def test_ingest_starts_without_pydantic() -> None:
    """Pydantic would add more to a cold start than all of ingest does."""
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
