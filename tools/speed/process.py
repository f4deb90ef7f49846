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
from tools.speed.fake_aws import FakeAws
from tools.template import NO_ACCOUNT, environment, event_types, resources

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
        self._init_cpu_ms: float | None = None

    @property
    def id(self) -> int:
        """The process id."""
        return self._process.pid

    def init_cpu_ms(self) -> float:
        """Wait until the function is loaded; returns the CPU time up to then. Raises `FunctionDied`."""
        if self._init_cpu_ms is None:
            self._init_cpu_ms = int(self._read()) / 1e6
        return self._init_cpu_ms

    def call(self, event: str) -> Call:
        """Call the function with an event as JSON. Raises `FunctionDied`."""
        self.init_cpu_ms()
        self._write(event)
        itself, process, answer = self._read().split(" ", 2)
        return Call(int(itself) / 1e6, int(process) / 1e6, json.loads(answer))

    def mark(self) -> None:
        """Tell a profiler that a part of the run is over."""
        self._write("")

    def _read(self) -> str:
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            raise FunctionDied
        return line

    def _write(self, line: str) -> None:
        print(line, file=self._process.stdin, flush=True)


def our_functions(build: Path) -> list[Function]:
    """Ingest and the handler of CreateOrderEvent, from the folder of `sam build`."""

    def built(part: str, name: str) -> Function:
        folders = tuple(build / folder for folder in (name, "DependenciesLayer/python", "CoreLayer/python"))
        return function(part, OURS, folders, environment(resources()[name], variables()))

    return [built(INGEST, "IngestFunction"), built(HANDLER, "CreateOrderEventHandler")]


def variables() -> dict[str, str]:
    """The variables that need AWS, as they are there: no endpoint is stated."""
    return parameters("https://sqs.us-east-1.amazonaws.com", event_types()) | {"AWS_ENDPOINT_URL": ""}


def function(part: str, receiver: str, folders: tuple[Path, ...], variables: Mapping[str, str]) -> Function:
    """A function with the environment of Lambda around its own variables."""
    return Function(part, receiver, folders, {**NO_ACCOUNT, **variables, "AWS_LAMBDA_FUNCTION_NAME": part})


@contextmanager
def running(
    built: Function,
    *options: str,
    aws: FakeAws | None = None,
    under: tuple[str, ...] = (),
    core: int | None = None,
    log: IO[str] | int = subprocess.DEVNULL,
) -> Iterator[Process]:
    """A new process for the length of the block, with options of Python, optionally `under` a profiler or on a core.

    Its connections reach the fake AWS, if there is one.
    """
    fake = {"FAKE_AWS": aws.secure_url.rpartition("/")[2], "FAKE_AWS_ROOT": str(aws.root)} if aws else {}
    runner = Path(__file__).with_name("runner.py")
    with subprocess.Popen(
        [*under, sys.executable, "-I", "-S", "-B", *options, runner, *built.folders],
        env={**built.environment, **fake},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
    ) as process:
        if core is not None:
            os.sched_setaffinity(process.pid, {core})
        yield Process(process)
