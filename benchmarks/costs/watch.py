"""Notes the AWS calls that are made, with what each is charged for."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import boto3
from botocore.exceptions import ReadTimeoutError

from benchmarks.costs.calls import Call, Usage, usage, write
from benchmarks.costs.dynamodb import Item, Table
from tests.contract.account import aws
from tests.template_loader import load_template

_WRITES = {"PutItem", "UpdateItem", "DeleteItem"}


@dataclass(slots=True)
class Watch:
    """Stands around the AWS of a session; `refused` operations get no answer."""

    refused: set[str] = field(default_factory=set)
    _noted: list[Call] | None = None
    _params: dict[str, Any] = field(default_factory=dict)
    _before: Item | None = None

    def stand_around(self, session: boto3.Session) -> None:
        """Begin to watch."""
        session.events.register_first("before-parameter-build", self._begun)
        session.events.register_last("after-call", self._answered)

    @contextmanager
    def noting(self) -> Iterator[list[Call]]:
        """The calls that are made within."""
        noted: list[Call] = []
        self._noted = noted
        try:
            yield noted
        finally:
            self._noted = None

    def _begun(self, model: Any, params: dict[str, Any], **_: Any) -> None:
        if self._noted is None:
            return
        if model.name in self.refused:
            raise ReadTimeoutError(endpoint_url="aws", error="refused")
        self._params = params
        self._before = _present(params) if model.name in _WRITES else None

    def _answered(self, model: Any, parsed: dict[str, Any], **_: Any) -> None:
        if self._noted is None:
            return
        params, name = self._params, model.name
        if name in _WRITES:
            charged: Usage = write(table_of(params["TableName"]), self._before, _present(params))
        else:
            charged = usage(name, params, parsed)
        self._noted.append(Call(name, _resource(params), charged))


@cache
def table_of(logical_id: str) -> Table:
    """A table of the template."""
    return Table.of(load_template()["Resources"][logical_id]["Properties"])


def _present(params: dict[str, Any]) -> Item | None:
    table = params["TableName"]
    key = params["Key"] if "Key" in params else table_of(table).key(params["Item"])
    found: Item | None = aws("dynamodb").get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")
    return found


def _resource(params: dict[str, Any]) -> str:
    if "QueueUrl" in params:
        return "the queue"
    return str(next(params[name] for name in ("TableName", "Bucket", "SecretId") if name in params))
