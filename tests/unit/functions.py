"""Load functions as Lambda does: the module `app` of a folder."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any, Literal, cast

from tests.unit.examples import ROOT


def load(function: Literal["ingest", "relay"]) -> Any:
    """A fresh copy of one of our functions, without the caches of an earlier test. The handlers are the client's."""
    return load_path(ROOT / "functions" / function)


def load_path(folder: Path) -> Any:
    """A fresh copy of the `app.py` of a folder."""
    spec = spec_from_file_location(f"app_of_{folder.name}", folder / "app.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return cast("Any", module)
