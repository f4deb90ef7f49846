"""Death at an AWS call: the process that makes the call dies before it, after its effect, or after its answer."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import boto3
from botocore.exceptions import ReadTimeoutError


class Died(BaseException):
    """The process is gone. No `except Exception` sees it, and nothing that it remembered stays."""


class Point(Enum):
    """Where in a call it happens. At the last one nobody dies: the answer is lost and the SDK calls again."""

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
class Hazard:
    """Records every AWS call made by the function that runs now, and strikes once at one of them.

    `refused` operations fail for everyone, as of a service that is down.
    `meanwhile` runs at that very moment, undisturbed: what happens elsewhere while this process hangs in the call.
    """

    target: Call | None = None
    point: Point = Point.BEFORE
    meanwhile: Callable[[], None] = field(default=lambda: None)
    calls: list[Call] = field(default_factory=list)
    struck: bool = False
    refused: set[str] = field(default_factory=set)
    _function: str = ""
    _number: int = -1
    _on: bool = True

    @contextmanager
    def running(self, function: str) -> Iterator[None]:
        """Take the calls made within as those of one run of the function."""
        outer = self._function, self._number
        self._function, self._number = function, -1
        try:
            yield
        finally:
            self._function, self._number = outer

    def begun(self, model: Any, params: dict[str, Any], **_: Any) -> None:
        """A call is begun."""
        if self._on and self._function:
            self._number += 1
            self.calls.append(Call(self._function, self._number, model.name, _resource(params)))
        if model.name in self.refused:
            raise ReadTimeoutError(endpoint_url="aws", error="the service is down")

    def before_send(self, **_: Any) -> None:
        """A request is about to be sent."""
        self._strike_at(Point.BEFORE)

    def effect_took_place(self, **_: Any) -> None:
        """AWS has done what it was asked."""
        self._strike_at(Point.AFTER_EFFECT)
        self._strike_at(Point.ANSWER_LOST)

    def answered(self, **_: Any) -> None:
        """The caller has the answer."""
        self._strike_at(Point.AFTER_ANSWER)

    def _strike_at(self, point: Point) -> None:
        here = (self._function, self._number)
        target = self.target
        if not self._on or self.struck or target is None or (target.function, target.number) != here:
            return
        if point is not self.point:
            return
        self.struck = True
        self._on = False
        try:
            self.meanwhile()
        finally:
            self._on = True
        if point is Point.ANSWER_LOST:
            raise ReadTimeoutError(endpoint_url="aws", error="the answer is lost")
        raise Died


def _resource(params: dict[str, Any]) -> str:
    named = (params.get(name) for name in ("TableName", "QueueUrl", "Bucket", "SecretId"))
    names = [name.rpartition("/")[2] for name in named if name] or list(params.get("RequestItems", {}))
    return str(names[0])


class Watch:
    """Stands around the AWS of a session: ahead of it, behind its effect and behind its answer.

    Sessions are slow to make: one serves all hazards, one after the other.
    """

    def __init__(self, session: boto3.Session) -> None:
        self.hazard = Hazard()
        # The hazard changes, the handlers stay: hence the lambdas.
        session.events.register_first("before-parameter-build", lambda **told: self.hazard.begun(**told))  # noqa: PLW0108
        session.events.register_first("before-send", lambda **told: self.hazard.before_send(**told))  # noqa: PLW0108
        session.events.register_last("before-send", lambda **told: self.hazard.effect_took_place(**told))  # noqa: PLW0108
        session.events.register_last("after-call", lambda **told: self.hazard.answered(**told))  # noqa: PLW0108
