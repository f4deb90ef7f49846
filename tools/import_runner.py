"""Imports built functions as Lambda does, and prints a JSON line for each that fails: its folder and the traceback.

Run as `python -I -S -B import_runner.py LAYER... -- FUNCTION...` with folders: only the standard library, the layers
and the function's own folder can be imported.
"""

import importlib
import json
import os
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import TextIO


def main() -> None:
    """Import each function in a process of its own."""
    border = sys.argv.index("--")
    sys.path[:0] = sys.argv[1:border]
    failures = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a function prints is not a failure
    folders = [Path(argument) for argument in sys.argv[border + 1 :]]
    own_packages = [folder for folder in folders if any(folder.glob("*.dist-info"))]
    for folder in own_packages:
        _import(folder, failures)
    # The others use the layers' versions: imported once, they cost each function a tenth of a second.
    with suppress(Exception):  # it fails again, with its traceback, in each function
        importlib.import_module("webhooks.handlers")
    for folder in folders:
        if folder not in own_packages:
            _import(folder, failures)


def _import(folder: Path, failures: TextIO) -> None:
    if os.fork() == 0:
        sys.path.insert(0, str(folder))
        try:
            _ = importlib.import_module("app").handle
        except BaseException as error:  # noqa: BLE001 - it may even exit
            # Without an account, a call of AWS while importing fails here only.
            if not type(error).__module__.startswith("botocore."):
                _report(failures, folder, _traceback(error, folder))
        os._exit(0)
    if status := os.wait()[1]:
        _report(failures, folder, f"the process died: {os.waitstatus_to_exitcode(status)}\n")


def _traceback(error: BaseException, folder: Path) -> str:
    """From the first line of the function's own code on."""
    frames = error.__traceback__
    while frames and not frames.tb_frame.f_code.co_filename.startswith(f"{folder}/"):
        frames = frames.tb_next
    return "".join(traceback.format_exception(type(error), error, frames))


def _report(failures: TextIO, folder: Path, text: str) -> None:
    print(json.dumps({"folder": str(folder), "traceback": text}), file=failures, flush=True)


if __name__ == "__main__":
    main()
