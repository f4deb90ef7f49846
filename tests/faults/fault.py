"""A process dies at an AWS call: before it, after its effect, or after its answer."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from threading import Lock, current_thread, local, main_thread
from typing import Any

import boto3
from botocore.exceptions import ReadTimeoutError


class Died(BaseException):
    """The process is gone. Code that catches it all the same reaches AWS no more, and its answer counts for nothing."""


class Point(Enum):
    """Where in a call the fault happens. At the last one the process lives, and the SDK calls again."""

    BEFORE = "before the call"
    AFTER_EFFECT = "after its effect, before the answer"
    AFTER_ANSWER = "just after the answer"
    ANSWER_LOST = "nobody dies, but the answer is lost"


@dataclass(frozen=True, slots=True)
class Call:
    """One AWS call of a function: `number` counts from 0 within a run of it, `on` is the table, queue or bucket.

    Those of other threads than the first are counted by operation and resource: their order varies.
    """

    function: str
    number: int
    operation: str
    on: str


@dataclass(slots=True)
class Fault:
    """Records the AWS calls of the running function that are not refused, and fails one of them, once.

    `refused` operations fail for every caller, as those of a service that is down; and so do all on a resource whose
    name is in `refused`.
    Of a batch, the part of an event whose message id is in `partial` fails, by what the batch is sent to.
    `meanwhile` is called at the moment of the fault, without faults: what happens elsewhere during the call.
    """

    target: Call | None = None
    point: Point = Point.BEFORE
    meanwhile: Callable[[], None] = field(default=lambda: None)
    calls: list[Call] = field(default_factory=list)
    happened: bool = False
    refused: set[str] = field(default_factory=set)
    partial: dict[str, str] = field(default_factory=dict)
    _function: str = ""
    _numbers: Counter[str] = field(default_factory=Counter)
    _call: local = field(default_factory=local)
    _lock: Lock = field(default_factory=Lock)
    _enabled: bool = True
    _dead: bool = False

    @contextmanager
    def running(self, function: str) -> Iterator[None]:
        """Count the calls made within as those of one run of the function. Raises `Died` if its process died."""
        outer = self._function, self._numbers
        self._function, self._numbers = function, Counter()
        try:
            yield
        except BaseException:
            if not self._dead:
                raise
        finally:
            self._function, self._numbers = outer
            dead, self._dead = self._dead, False
        if dead:
            raise Died

    @contextmanager
    def disabled(self) -> Iterator[None]:
        """Neither count the calls made within nor fail one."""
        self._enabled = False
        try:
            yield
        finally:
            self._enabled = True

    def die(self) -> None:
        """Let the process of the running function die."""
        self._dead = True
        raise Died

    def before_call(self, model: Any, params: dict[str, Any], **_: Any) -> None:
        """A call begins."""
        if self._dead:
            raise Died
        on = _resource(params)
        call = self._numbered(model.name, on) if self._enabled and self._function else None
        self._call.now = call
        if {model.name, on} & self.refused:
            raise ReadTimeoutError(endpoint_url="aws", error="the service is down")
        if call:
            self.calls.append(call)

    def _numbered(self, operation: str, on: str) -> Call:
        kind = "" if current_thread() is main_thread() else f"{operation} {on}"
        with self._lock:
            self._numbers[kind] += 1
            return Call(self._function, self._numbers[kind] - 1, operation, on)

    def happen(self, *points: Point) -> None:
        """Fail if this is the call and the point."""
        if not self._enabled or self.happened or self.point not in points:
            return
        if self.target is None or self.target != getattr(self._call, "now", None):
            return
        self.happened = True
        with self.disabled():
            self.meanwhile()
        if self.point is Point.ANSWER_LOST:
            raise ReadTimeoutError(endpoint_url="aws", error="the answer is lost")
        self.die()


def _resource(params: dict[str, Any]) -> str:
    named = (params.get(name) for name in ("TableName", "QueueUrl", "Bucket", "SecretId"))
    if statements := params.get("Statements"):
        return str(statements[0]["Statement"].split('"')[1])
    names = [name.rpartition("/")[2] for name in named if name] or list(params.get("RequestItems", {}))
    return str(names[0]) if names else "all queues"


_PARTS = {"SendMessageBatch": "Entries", "BatchExecuteStatement": "Statements"}


class Faults:
    """Passes the AWS calls of a session to a fault. Sessions are slow to make: one serves all faults in turn."""

    def __init__(self, session: boto3.Session) -> None:
        self.fault = Fault()
        events = session.events
        events.register_last("before-parameter-build", lambda **call: self._withhold(**call))  # noqa: PLW0108 - as below
        events.register_first("after-call", lambda **call: self._answer(**call))  # noqa: PLW0108
        events.register_first("before-parameter-build", lambda **call: self.fault.before_call(**call))  # noqa: PLW0108 - the fault changes
        events.register_first("before-send", lambda **_: self.fault.happen(Point.BEFORE))
        events.register_last("before-send", lambda **_: self.fault.happen(Point.AFTER_EFFECT, Point.ANSWER_LOST))
        events.register_last("after-call", lambda **_: self.fault.happen(Point.AFTER_ANSWER))

    def _withhold(self, model: Any, params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
        """Of a batch, leave out the part of an event: the entry, or what its statement would change."""
        failing = self.fault.partial.get(_resource(params), "")
        parts = params.get(_PARTS.get(model.name, ""), [])
        for number, part in enumerate(list(parts)):
            if failing and failing in str(part):
                context.setdefault("failed", []).append((number, part))
                if model.name == "SendMessageBatch":
                    parts.remove(part)
                else:
                    parts[number] = {**part, "Parameters": [*part["Parameters"][:-1], {"S": "no such event"}]}

    def _answer(self, model: Any, parsed: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
        """Answer 200 with an error for each part that was left out."""
        for number, part in context.get("failed", ()):
            if model.name == "SendMessageBatch":
                failed = {"Id": part["Id"], "SenderFault": False, "Code": "InternalError"}
                parsed.setdefault("Failed", []).append(failed)
            else:
                parsed["Responses"][number] = {"Error": {"Code": "ThrottlingError", "Message": "throttled"}}
