"""Importing a function's `app.py` outside Lambda: for tests and for the command line."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any


@contextmanager
def app_module(folder: Path) -> Iterator[Any]:
    """A fresh copy of the `app.py` of a folder, which may import modules beside it, as in Lambda, during the block.

    Those are forgotten afterwards: another folder may use the same names. Raises what the import raises.
    """
    before = {*sys.modules, _name(folder)}
    sys.path.insert(0, str(folder))
    try:
        yield _imported(folder)
    finally:
        sys.path.remove(str(folder))
        for name in set(sys.modules) - before:
            if any(Path(path).is_relative_to(folder) for path in _paths(sys.modules[name])):
                del sys.modules[name]


def _name(folder: Path) -> str:
    return f"app_of_{folder.name}"


def _imported(folder: Path) -> Any:
    spec = spec_from_file_location(_name(folder), folder / "app.py")
    if spec is None or spec.loader is None:
        raise ImportError(folder)
    module = module_from_spec(spec)
    # Dataclasses and annotations that are texts are looked up there, later too.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def _paths(module: Any) -> list[str]:
    """Where a module is from. A package without `__init__.py` has folders and no file."""
    return [getattr(module, "__file__", None) or "", *getattr(module, "__path__", ())]
