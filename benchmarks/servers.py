"""The servers under load: each in processes of its own, on one core, with the fake AWS."""

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

import psutil

from benchmarks.load import Send, over_http, to_function
from benchmarks.receivers import WORK, our_build
from benchmarks.runtime_api import runtime_api
from tools.local.emulator import ROOT
from tools.sam_local import parameters
from tools.speed.fake_aws import FakeAws, counts
from tools.template import NO_ACCOUNT, environment, event_types, resources

_INGEST = "IngestFunction"


@dataclass(frozen=True, slots=True)
class Server:
    """`sends` opens a number of senders; `steps` counts what the server did so far, by AWS operation or `rows`."""

    sends: Callable[[int], AbstractAsyncContextManager[list[Send]]]
    processes: list[int]
    steps: Callable[[], dict[str, int]]

    def cpu_seconds(self) -> float:
        """CPU time of its processes so far."""
        times = [psutil.Process(process).cpu_times() for process in self.processes]
        return sum(each.user + each.system for each in times)


@asynccontextmanager
async def our_function(aws: FakeAws, core: int, environments: int) -> AsyncIterator[Server]:
    """The built ingest function in a number of environments, each with AWS's own runtime client."""
    async with runtime_api() as api:
        with ExitStack() as running:
            started = [running.enter_context(_environment(aws, core, api.port)) for _ in range(environments)]
            await api.environments(environments)
            yield Server(
                lambda in_flight: nullcontext(to_function(api, in_flight)),
                [process.pid for process in started],
                lambda: _calls(aws.url),
            )


@contextmanager
def fastapi(baseline: str, aws: FakeAws, core: int, *, marks: bool = False) -> Iterator[Server]:
    """A FastAPI baseline in one process of uvicorn."""
    with ExitStack() as running:
        # On the project's disk: the default folder may be in memory.
        outbox = Path(running.enter_context(tempfile.TemporaryDirectory(dir=WORK)), "outbox")
        process = running.enter_context(
            _running(
                ["-m", "uvicorn", "--host", "127.0.0.1", "--port", "0", "--no-access-log", "app:app"],
                _variables(aws) | {"OUTBOX_FILE": str(outbox)} | ({"MARKS": "1"} if marks else {}),
                core,
                cwd=ROOT / "benchmarks" / "baselines" / baseline,
                stderr=subprocess.PIPE,
            )
        )
        port = _port(process)
        yield Server(
            lambda in_flight: over_http(port, in_flight),
            [process.pid],
            lambda: _calls(aws.url) | ({"rows": _rows(outbox)} if outbox.exists() else {}),
        )


def _variables(aws: FakeAws) -> dict[str, str]:
    return parameters(aws.secure_url, event_types()) | {"AWS_CA_BUNDLE": str(aws.root)}


def _environment(aws: FakeAws, core: int, port: int) -> Any:
    code = our_build() / _INGEST
    layers = (our_build() / layer / "python" for layer in ("DependenciesLayer", "CoreLayer"))
    variables = environment(resources()[_INGEST], _variables(aws)) | {
        "AWS_CA_BUNDLE": str(aws.root),
        "AWS_LAMBDA_FUNCTION_NAME": _INGEST,
        "AWS_LAMBDA_FUNCTION_VERSION": "1",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(resources()[_INGEST]["Properties"]["MemorySize"]),
        "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{port}",
        "LAMBDA_TASK_ROOT": str(code),
        # The layers come before the packages of this environment, of which only the runtime client is used.
        "PYTHONPATH": ":".join(map(str, layers)),
    }
    return _running(["-m", "awslambdaric", "app.handle"], variables, core, cwd=code)


@contextmanager
def _running(
    arguments: list[str], variables: dict[str, str], core: int, **options: Any
) -> Iterator[subprocess.Popen[str]]:
    every = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"} | NO_ACCOUNT | variables
    command = [sys.executable, *arguments]
    with subprocess.Popen(command, env=every, stdout=subprocess.DEVNULL, text=True, **options) as process:
        os.sched_setaffinity(process.pid, {core})
        try:
            yield process
        finally:
            process.terminate()


def _port(process: subprocess.Popen[str]) -> int:
    output = ""
    for line in process.stderr or ():
        output += line
        if found := re.search(r"running on http://127\.0\.0\.1:(\d+)", line):
            return int(found[1])
    raise RuntimeError(f"uvicorn did not start:\n{output}")


def _calls(url: str) -> dict[str, int]:
    return {name: number for name, number in counts(url).items() if name != "GetSecretValue"}


def _rows(outbox: Path) -> int:
    with closing(sqlite3.connect(outbox)) as connection:
        return int(connection.execute("SELECT count(*) FROM outbox").fetchone()[0])
