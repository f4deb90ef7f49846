"""Records what an invocation does: its AWS calls with their billed units, and its log lines."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, cast

import boto3
from botocore.exceptions import ReadTimeoutError

from benchmarks.costs.calls import Call, Usage, usage
from benchmarks.costs.prices import WRITE
from tools.dynamodb import Item, Table
from tools.local.emulator import ROOT
from tools.template import resources
from webhooks.aws.log import logger

type Metrics = frozenset[tuple[str, str]]
"""Custom metrics by dimension and name."""

_WRITES = {"PutItem", "UpdateItem", "DeleteItem"}
_ON_LAMBDA = {
    Path(boto3.__file__).parents[1]: "/opt/python",
    ROOT / "layers" / "core": "/opt/python",
    ROOT: "/var/task",
}
"""The folders of Lambda that correspond to local ones, so that a stack trace has the same length."""


@dataclass(frozen=True, slots=True)
class Run:
    """One invocation; `polled` are the calls of Lambda's poller before and after it."""

    answer: Any
    calls: tuple[Call, ...]
    log: tuple[str, ...]
    polled: tuple[Call, ...] = ()

    @property
    def log_bytes(self) -> int:
        """The size of its log lines, metrics included."""
        return sum(len(line.encode()) for line in self.log)

    @property
    def metrics(self) -> Metrics:
        """The custom metrics that it emitted."""
        emitted = [line for line in map(json.loads, self.log) if "_aws" in line]
        return frozenset(
            (dimension, metric["Name"])
            for line in emitted
            for directive in line["_aws"]["CloudWatchMetrics"]
            for (dimension,) in directive["Dimensions"]
            for metric in directive["Metrics"]
        )


@dataclass(slots=True)
class Recorder:
    """Listens to the AWS calls of a session; `failing` operations get no answer."""

    failing: str = ""
    _calls: list[Call] | None = None
    _params: dict[str, Any] = field(default_factory=dict)
    _before: Item | None = None

    def listen(self, session: boto3.Session) -> None:
        """Listen to a session's future clients."""
        session.events.register_first("before-parameter-build", self._called)
        session.events.register_last("after-call", self._answered)

    @contextmanager
    def calls(self) -> Iterator[list[Call]]:
        """The calls within the block."""
        recorded: list[Call] = []
        self._calls = recorded
        try:
            yield recorded
        finally:
            self._calls = None

    def _called(self, model: Any, params: dict[str, Any], **_: Any) -> None:
        if self._calls is None:
            return
        if model.name == self.failing:
            raise ReadTimeoutError(endpoint_url="aws", error="failing")
        self._params = params
        self._before = _present_item(params) if model.name in _WRITES else None

    def _answered(self, model: Any, parsed: dict[str, Any], **_: Any) -> None:
        if self._calls is None:
            return
        params, name = self._params, model.name
        if name in _WRITES:
            units = table_of(params["TableName"]).write_units(self._before, _present_item(params))
            billed: Usage = ((WRITE, units),)
        else:
            billed = usage(name, params, parsed)
        self._calls.append(Call(name, _resource(params), billed))


@contextmanager
def log_lines(service: str) -> Iterator[list[str]]:
    """The lines that a function of this name logs within the block."""
    lines: list[str] = []
    stdout, handler = io.StringIO(), cast("logging.StreamHandler[Any]", logger.registered_handler)
    before = handler.setStream(stdout)
    logger.append_keys(service=service)
    try:
        with redirect_stdout(stdout):
            yield lines
    finally:
        logger.append_keys(service=logger.service)
        handler.setStream(before)
    text = stdout.getvalue()
    for folder, on_lambda in _ON_LAMBDA.items():
        text = text.replace(str(folder), on_lambda)
    lines += text.splitlines(keepends=True)


@cache
def table_of(logical_id: str) -> Table:
    """A table of the template."""
    return Table.of(resources()[logical_id]["Properties"])


@cache
def unrecorded(service: str) -> Any:
    """A client whose calls are not recorded."""
    return boto3.Session().client(service)  # type: ignore[call-overload]


def _present_item(params: dict[str, Any]) -> Item | None:
    table = params["TableName"]
    key = params["Key"] if "Key" in params else table_of(table).key(params["Item"])
    found: Item | None = unrecorded("dynamodb").get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")
    return found


def _resource(params: dict[str, Any]) -> str:
    if "QueueUrl" in params:
        return "the queue"
    return str(next(params[name] for name in ("TableName", "Bucket", "SecretId") if name in params))
