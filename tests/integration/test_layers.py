"""What `sam build` put into the layers, and what ingest makes of it."""

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path

from tools.local.emulator import ROOT

LAYERS = ("DependenciesLayer", "CoreLayer")
_UNCHECKED_HASH = 0b01


def test_every_module_has_byte_code_that_python_takes_unchecked(built: Path) -> None:
    """A layer is read-only: what is not compiled in it is compiled at every cold start, as is what looks stale."""
    for layer in LAYERS:
        sources = list((built / layer / "python").rglob("*.py"))
        assert sources
        for source in sources:
            header = Path(importlib.util.cache_from_source(str(source))).read_bytes()[:8]
            assert header[:4] == importlib.util.MAGIC_NUMBER, source
            assert int.from_bytes(header[4:], "little") == _UNCHECKED_HASH, source


def test_the_dependencies_are_the_locked_ones_and_no_others(built: Path) -> None:
    """No package that only tests or tools need, at exactly the locked versions."""
    lock = (ROOT / "layers/dependencies/requirements.txt").read_text()
    locked = {
        f"{name.replace('-', '_')}-{version}" for name, version in re.findall(r"^([\w-]+)==(\S+)", lock, re.MULTILINE)
    }
    folders = (built / "DependenciesLayer/python").glob("*.dist-info")
    assert {folder.name.removesuffix(".dist-info") for folder in folders} == locked


def test_the_core_layer_holds_our_package_and_nothing_else(built: Path) -> None:
    """And of that, all that the repository holds."""
    python = built / "CoreLayer" / "python"
    assert [path.name for path in python.iterdir()] == ["webhooks"]
    ours = ROOT / "layers" / "core"
    assert {path.relative_to(python) for path in python.rglob("*.py")} == {
        path.relative_to(ours) for path in ours.rglob("*.py")
    }


def test_ingest_imports_nothing_that_it_does_not_call(built: Path) -> None:
    """Pydantic and the batch tools are the handlers': each would add a good part of a cold start to every answer."""
    path = [str(built / "IngestFunction"), *(str(built / layer / "python") for layer in LAYERS)]
    code = f"import json, sys; sys.path[:0] = {path!r}; import app; print(json.dumps(list(sys.modules)))"
    output = subprocess.check_output([sys.executable, "-I", "-S", "-B", "-c", code], env={})
    imported = json.loads(output)
    assert "webhooks.receive" in imported
    unwanted = ("pydantic", "webhooks.events", *(f"aws_lambda_powertools.utilities.{name}" for name in _HANDLERS_TOOLS))
    assert [module for module in imported if module.startswith(unwanted)] == []


_HANDLERS_TOOLS = ("batch", "idempotency", "parser", "data_classes")
