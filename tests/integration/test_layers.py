"""The built layers, and what ingest imports from them."""

import importlib.util
import json
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tools.local.emulator import ROOT
from tools.local.stack import build
from tools.reference import reference_project

LAYERS = ("DependenciesLayer", "CoreLayer")
_UNCHECKED_HASH = 0b01


def test_every_module_has_unchecked_byte_code(built: Path) -> None:
    """A layer is read-only: a module without valid byte code would be compiled at every cold start."""
    for layer in LAYERS:
        sources = list((built / layer / "python").rglob("*.py"))
        assert sources
        for source in sources:
            header = Path(importlib.util.cache_from_source(str(source))).read_bytes()[:8]
            assert header[:4] == importlib.util.MAGIC_NUMBER, source
            assert int.from_bytes(header[4:], "little") == _UNCHECKED_HASH, source


def test_the_dependencies_are_the_locked_ones(built: Path) -> None:
    lock = (ROOT / "layers/dependencies/requirements.txt").read_text()
    locked = {
        f"{name.replace('-', '_')}-{version}" for name, version in re.findall(r"^([\w-]+)==(\S+)", lock, re.MULTILINE)
    }
    folders = (built / "DependenciesLayer/python").glob("*.dist-info")
    assert {folder.name.removesuffix(".dist-info") for folder in folders} == locked


def test_the_core_layer_has_our_package_only(built: Path) -> None:
    python = built / "CoreLayer" / "python"
    assert [path.name for path in python.iterdir()] == ["webhooks"]
    ours = ROOT / "layers" / "core"
    assert {path.relative_to(python) for path in python.rglob("*.py")} == {
        path.relative_to(ours) for path in ours.rglob("*.py")
    }


def test_ingest_imports_only_what_it_calls(built: Path) -> None:
    """Pydantic and the batch utilities would slow its cold start."""
    path = [str(built / "IngestFunction"), *(str(built / layer / "python") for layer in LAYERS)]
    code = f"import json, sys; sys.path[:0] = {path!r}; import app; print(json.dumps(list(sys.modules)))"
    output = subprocess.check_output([sys.executable, "-I", "-S", "-B", "-c", code], env={})
    imported = json.loads(output)
    assert "webhooks.receive" in imported
    unwanted = (
        "pydantic",
        "webhooks.events",
        *(f"aws_lambda_powertools.utilities.{name}" for name in _HANDLERS_UTILITIES),
    )
    assert [module for module in imported if module.startswith(unwanted)] == []


_HANDLERS_UTILITIES = ("batch", "idempotency", "parser", "data_classes")


def test_our_clients_read_their_own_data(built: Path) -> None:
    """With all operations of their services; an author's client has all services."""
    path = [str(built / layer / "python") for layer in LAYERS]
    code = f"""
import json, sys
sys.path[:0] = {path!r}
import boto3
from webhooks.aws import clients, session
made = [clients.dynamodb(), clients.sqs(), clients.s3(), clients.secrets_manager(), clients.cloudwatch()]
folders = session.session().get_component("data_loader").search_paths
own = {{client.meta.service_model.service_name: client.meta.service_model.operation_names for client in made}}
full = {{name: boto3.client(name).meta.service_model.operation_names for name in own}}
print(json.dumps([folders[-1], own == full, len(boto3.Session().get_available_services())]))
"""
    output = subprocess.check_output(
        [sys.executable, "-I", "-S", "-B", "-c", code], env={"AWS_DEFAULT_REGION": "us-east-1"}
    )
    folder, same_operations, services = json.loads(output)
    assert Path(folder).is_relative_to(built)
    assert Path(folder).name == "own-data"
    assert same_operations
    assert services > len(list(Path(folder).iterdir()))


@pytest.mark.thorough
def test_two_builds_at_once_both_succeed(tmp_path: Path) -> None:
    """As two `make demo` in one checkout make them."""
    project = reference_project(tmp_path / "project", ["CustomEvent"])
    folders = [tmp_path / "one", tmp_path / "other"]
    with ThreadPoolExecutor() as threads:
        list(threads.map(lambda folder: build(project, into=folder), folders))
    assert all((folder / "CustomEventHandler" / "app.py").exists() for folder in folders)
