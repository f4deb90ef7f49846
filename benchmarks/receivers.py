"""The receivers that are put under load: each in processes of its own, on one core, its AWS the stand-in."""

import os
import re
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager, closing, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.load import Send, over_http, to_function
from benchmarks.runtime_api import runtime_api
from benchmarks.stand_in import counts
from tests.integration.template import NO_ACCOUNT, environment, resources
from tools.local.emulator import ROOT
from tools.sam_local import parameters

_BUILD = ROOT / ".aws-sam" / "build"
_INGEST = "IngestFunction"


@dataclass(frozen=True, slots=True)
class Receiver:
    """How to send so many events at once, and the ids of the processes that take them.

    `done` tells what was done so far, by the name of each step.
    """

    sends: Callable[[int], AbstractAsyncContextManager[list[Send]]]
    processes: list[int]
    done: Callable[[], dict[str, int]]


@asynccontextmanager
async def our_function(url: str, core: int, environments: int) -> AsyncIterator[Receiver]:
    """The built ingest function, in so many environments, each behind the client of AWS's own runtime."""
    async with runtime_api() as api:
        with ExitStack() as running:
            started = [running.enter_context(_environment(url, core, api.port)) for _ in range(environments)]
            await api.environments(environments)
            yield Receiver(
                lambda in_flight: nullcontext(to_function(api, in_flight)),
                [process.pid for process in started],
                lambda: _calls(url),
            )


@contextmanager
def fastapi(name: str, url: str, core: int) -> Iterator[Receiver]:
    """A baseline: one process of uvicorn."""
    with ExitStack() as running:
        # Where the project stands, for what is elsewhere might be no disk.
        outbox = Path(running.enter_context(tempfile.TemporaryDirectory(dir=_BUILD.parent)), "outbox")
        process = running.enter_context(
            _running(
                ["-m", "uvicorn", "--host", "127.0.0.1", "--port", "0", "--no-access-log", "app:app"],
                parameters(url) | {"OUTBOX_FILE": str(outbox)},
                core,
                cwd=ROOT / "benchmarks" / "baselines" / name,
                stderr=subprocess.PIPE,
            )
        )
        port = _port(process)
        yield Receiver(
            lambda in_flight: over_http(port, in_flight),
            [process.pid],
            lambda: _calls(url) | ({"rows": _rows(outbox)} if outbox.exists() else {}),
        )


def _environment(url: str, core: int, port: int) -> Any:
    code = _BUILD / _INGEST
    told = environment(resources()[_INGEST], parameters(url)) | {
        "AWS_LAMBDA_FUNCTION_NAME": _INGEST,
        "AWS_LAMBDA_FUNCTION_VERSION": "1",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(resources()[_INGEST]["Properties"]["MemorySize"]),
        "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{port}",
        "LAMBDA_TASK_ROOT": str(code),
        # Before what is installed where this runs, of which only the runtime's client is then left to be found.
        "PYTHONPATH": ":".join(str(_BUILD / layer / "python") for layer in ("DependenciesLayer", "CoreLayer")),
    }
    return _running(["-m", "awslambdaric", "app.handle"], told, core, cwd=code)


@contextmanager
def _running(arguments: list[str], told: dict[str, str], core: int, **how: Any) -> Iterator[subprocess.Popen[str]]:
    every = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"} | NO_ACCOUNT
    command = [sys.executable, *arguments]
    with subprocess.Popen(command, env=every | told, stdout=subprocess.DEVNULL, text=True, **how) as process:
        os.sched_setaffinity(process.pid, {core})
        try:
            yield process
        finally:
            process.terminate()


def _port(process: subprocess.Popen[str]) -> int:
    assert process.stderr is not None
    said = ""
    for line in process.stderr:
        said += line
        if found := re.search(r"running on http://127\.0\.0\.1:(\d+)", line):
            return int(found[1])
    raise RuntimeError(f"uvicorn did not start:\n{said}")


def _calls(url: str) -> dict[str, int]:
    return {name: number for name, number in counts(url).items() if name != "GetSecretValue"}


def _rows(outbox: Path) -> int:
    with closing(sqlite3.connect(outbox)) as connection:
        return int(connection.execute("SELECT count(*) FROM outbox").fetchone()[0])
