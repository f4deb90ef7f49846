"""What an invocation of a function was seen to do."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import boto3

from benchmarks.costs.calls import Call
from tests.unit.examples import ROOT
from webhooks.aws.log import logger

type Metrics = frozenset[tuple[str, str]]
"""The dimension that each stands under, and its name."""

_THERE = {
    Path(boto3.__file__).parents[1]: "/opt/python",
    ROOT / "layers" / "core": "/opt/python",
    ROOT: "/var/task",
}
"""Where on Lambda these folders are: a stack trace is as long there as here."""


@dataclass(frozen=True, slots=True)
class Run:
    """One invocation; `polled` are the calls of Lambda's poller around it."""

    answer: Any
    calls: tuple[Call, ...]
    printed: tuple[str, ...]
    polled: tuple[Call, ...] = ()

    @property
    def printed_bytes(self) -> int:
        """Bytes of its log lines, metrics included."""
        return sum(len(line.encode()) for line in self.printed)

    @property
    def metrics(self) -> Metrics:
        """The custom metrics that it moved."""
        lines = [json.loads(line) for line in self.printed]
        return frozenset(
            (dimension, metric["Name"])
            for line in lines
            if "_aws" in line
            for told in line["_aws"]["CloudWatchMetrics"]
            for (dimension,) in told["Dimensions"]
            for metric in told["Metrics"]
        )


@contextmanager
def printing(service: str) -> Iterator[list[str]]:
    """The lines that are printed within, by a function that is called so."""
    lines: list[str] = []
    stdout, log = io.StringIO(), cast("logging.StreamHandler[Any]", logger.registered_handler)
    before = log.setStream(stdout)
    logger.append_keys(service=service)
    try:
        with redirect_stdout(stdout):
            yield lines
    finally:
        logger.append_keys(service=logger.service)
        log.setStream(before)
    lines += _as_on_lambda(stdout.getvalue()).splitlines(keepends=True)


def _as_on_lambda(text: str) -> str:
    for folder, there in _THERE.items():
        text = text.replace(str(folder), there)
    return text
