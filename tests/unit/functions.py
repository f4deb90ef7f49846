"""Load functions as Lambda does: the module `app` of a folder."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any, cast

from tests.unit.examples import ROOT


def load(folder: str) -> Any:
    """A fresh copy of `functions/<folder>/app.py`, without the caches of an earlier test."""
    return load_path(ROOT / "functions" / folder)


def load_path(folder: Path) -> Any:
    """A fresh copy of the `app.py` of a folder."""
    spec = spec_from_file_location(f"app_of_{folder.name}", folder / "app.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return cast("Any", module)
