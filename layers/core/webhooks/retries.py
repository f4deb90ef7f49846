"""What happens to an event whose handler failed: retried by the schedule, or sent to the dead-letter queue."""

import math
from dataclasses import dataclass

from webhooks.policy import LONGEST_DELAY, SCHEDULE

_LONGEST_TEXT = 1000


class RetryLater(Exception):
    """Raise it in a handler to retry after `seconds` (at most 43,000) instead of the schedule's delay."""

    # A subclass may leave out the constructor.
    seconds: int | None = None

    def __init__(self, seconds: float) -> None:
        super().__init__(f"again in {seconds} s")
        self.seconds = math.ceil(max(0, min(seconds, LONGEST_DELAY)))


class DeadLetter(Exception):
    """Raise it in a handler to send the event to the dead-letter queue at once, with `reason`."""

    reason = ""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Deferred(Exception):
    """The event was not attempted: no time left, or another run of it is in progress. Not counted as a failure."""

    def __init__(self, reason: str, seconds: int) -> None:
        super().__init__(reason)
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Retry:
    """Try again after `seconds`."""

    seconds: int


@dataclass(frozen=True, slots=True)
class DeadLettered:
    """Send it to the dead-letter queue."""

    reason: str


def next_step(error: Exception, failures: int) -> Retry | DeadLettered:
    """What to do after failure number `failures`, counted from 1.

    A redriven dead letter goes through the whole schedule again.
    """
    if isinstance(error, DeadLetter):
        return DeadLettered(_printable(_text(error.reason)) or type(error).__name__)
    attempt = (failures - 1) % (len(SCHEDULE) + 1)
    if attempt == len(SCHEDULE):
        return DeadLettered(describe(error))
    seconds = error.seconds if isinstance(error, RetryLater) else None
    return Retry(SCHEDULE[attempt] if seconds is None else seconds)


def describe(error: Exception) -> str:
    """The error as stored with the event. It may quote the body: never log it."""
    kind = DeadLetter if isinstance(error, DeadLetter) else type(error)
    text = _text(error)
    return _printable(f"{kind.__name__}: {text}" if text else kind.__name__)


def _text(value: object) -> str:
    try:
        return str(value)
    except BaseException:  # noqa: BLE001 - an error without a text is an error all the same
        return ""


def _printable(text: str) -> str:
    # SQS attributes take neither control characters nor empty text.
    return "".join(char if char.isprintable() else " " for char in text)[:_LONGEST_TEXT]
