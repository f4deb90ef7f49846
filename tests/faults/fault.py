"""A process dies at an AWS call: before it, after its effect, or after its answer."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
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
    """One AWS call of a function: `number` counts from 0 within a run of it, `on` is the table, queue or bucket."""

    function: str
    number: int
    operation: str
    on: str


@dataclass(slots=True)
class Fault:
    """Records the AWS calls of the running function that are not refused, and fails one of them, once.

    `refused` operations fail for every caller, as those of a service that is down; and so do all on a resource whose
    name is in `refused`.
    `meanwhile` is called at the moment of the fault, without faults: what happens elsewhere during the call.
    """

    target: Call | None = None
    point: Point = Point.BEFORE
    meanwhile: Callable[[], None] = field(default=lambda: None)
    calls: list[Call] = field(default_factory=list)
    happened: bool = False
    refused: set[str] = field(default_factory=set)
    _function: str = ""
    _number: int = -1
    _call: Call | None = None
    _enabled: bool = True
    _dead: bool = False

    @contextmanager
    def running(self, function: str) -> Iterator[None]:
        """Count the calls made within as those of one run of the function. Raises `Died` if its process died."""
        outer = self._function, self._number
        self._function, self._number = function, -1
        try:
            yield
        except BaseException:
            if not self._dead:
                raise
        finally:
            self._function, self._number = outer
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
        if self._enabled and self._function:
            self._number += 1
            self._call = Call(self._function, self._number, model.name, _resource(params))
        if {model.name, _resource(params)} & self.refused:
            raise ReadTimeoutError(endpoint_url="aws", error="the service is down")
        if self._enabled and self._function and self._call:
            self.calls.append(self._call)

    def happen(self, *points: Point) -> None:
        """Fail if this is the call and the point."""
        if not self._enabled or self.happened or self.point not in points:
            return
        if self.target is None or self.target != self._call:
            return
        self.happened = True
        with self.disabled():
            self.meanwhile()
        if self.point is Point.ANSWER_LOST:
            raise ReadTimeoutError(endpoint_url="aws", error="the answer is lost")
        self.die()


def _resource(params: dict[str, Any]) -> str:
    named = (params.get(name) for name in ("TableName", "QueueUrl", "Bucket", "SecretId"))
    names = [name.rpartition("/")[2] for name in named if name] or list(params.get("RequestItems", {}))
    return str(names[0])


class Faults:
    """Passes the AWS calls of a session to a fault. Sessions are slow to make: one serves all faults in turn."""

    def __init__(self, session: boto3.Session) -> None:
        self.fault = Fault()
        events = session.events
        events.register_first("before-parameter-build", lambda **call: self.fault.before_call(**call))  # noqa: PLW0108 - the fault changes
        events.register_first("before-send", lambda **_: self.fault.happen(Point.BEFORE))
        events.register_last("before-send", lambda **_: self.fault.happen(Point.AFTER_EFFECT, Point.ANSWER_LOST))
        events.register_last("after-call", lambda **_: self.fault.happen(Point.AFTER_ANSWER))
