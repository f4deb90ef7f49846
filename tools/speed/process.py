"""A built function, and a process that runs it as Lambda does: from its own folders, with its own environment."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from tools.sam_local import parameters
from tools.template import NO_ACCOUNT, environment, resources

INGEST, HANDLER = "ingest", "handler"
OURS = "this receiver"


class FunctionDied(Exception):
    """The function's process ended without an answer."""


@dataclass(frozen=True, slots=True)
class Function:
    """A built function: its part (`INGEST` or `HANDLER`), the receiver it belongs to, and the folders on its path."""

    part: str
    receiver: str
    folders: tuple[Path, ...]
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Call:
    """CPU time of a call, and of its process from the start to this answer, in milliseconds."""

    cpu_ms: float
    process_cpu_ms: float
    answer: Any


class Process:
    """A running function."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def call(self, event: str) -> Call:
        """Call the function with an event as JSON. Raises `FunctionDied`."""
        self._write(event)
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            raise FunctionDied
        itself, process, answer = line.split(" ", 2)
        return Call(int(itself) / 1e6, int(process) / 1e6, json.loads(answer))

    def mark(self) -> None:
        """Tell a profiler that a part of the run is over."""
        self._write("")

    def _write(self, line: str) -> None:
        print(line, file=self._process.stdin, flush=True)


def our_functions(build: Path, url: str) -> list[Function]:
    """Ingest and the handler of CreateOrderEvent, from the folder of `sam build`; AWS is at `url`."""

    def built(part: str, name: str) -> Function:
        folders = tuple(build / folder for folder in (name, "DependenciesLayer/python", "CoreLayer/python"))
        return function(part, OURS, folders, environment(resources()[name], parameters(url)))

    return [built(INGEST, "IngestFunction"), built(HANDLER, "CreateOrderEventHandler")]


def function(part: str, receiver: str, folders: tuple[Path, ...], variables: Mapping[str, str]) -> Function:
    """A function with the environment of Lambda around its own variables."""
    return Function(part, receiver, folders, {**NO_ACCOUNT, **variables, "AWS_LAMBDA_FUNCTION_NAME": part})


@contextmanager
def running(
    built: Function,
    *options: str,
    under: tuple[str, ...] = (),
    core: int | None = None,
    log: IO[str] | int = subprocess.DEVNULL,
) -> Iterator[Process]:
    """A new process for the length of the block, with options of Python, optionally `under` a profiler or on a core."""
    runner = Path(__file__).with_name("runner.py")
    with subprocess.Popen(
        [*under, sys.executable, "-I", "-S", "-B", *options, runner, *built.folders],
        env=dict(built.environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
    ) as process:
        if core is not None:
            os.sched_setaffinity(process.pid, {core})
        yield Process(process)
