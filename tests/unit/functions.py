"""Load functions as Lambda does: the module `app` of a folder."""

from pathlib import Path
from typing import Any, Literal

from tests.unit.examples import ROOT
from webhooks.app_module import app_module


def load(function: Literal["ingest", "relay"]) -> Any:
    """A fresh copy of one of our functions, without the caches of an earlier test. The handlers are the client's."""
    return load_path(ROOT / "functions" / function)


def load_path(folder: Path) -> Any:
    """A fresh copy of the `app.py` of a folder."""
    with app_module(folder) as app:
        return app
