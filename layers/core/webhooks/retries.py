"""When a failed event is tried again, and when not any more."""

from dataclasses import dataclass

SCHEDULE = (5, 300, 1800, 7200, 18_000, 36_000, 36_000)
"""Seconds from each failure to the next try; the failure after the last one makes a dead letter.

The spacing is that of the senders that are known to do it well: soon at first, then over more than a day.
SQS cannot hide a message for more than 12 hours.
"""

_LONGEST_WAIT = 43_000


class RetryLater(Exception):
    """Raise it in a handler to be called again after `seconds` instead of what the schedule says."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"again in {seconds} s")
        self.seconds = max(0, min(seconds, _LONGEST_WAIT))


class DeadLetter(Exception):
    """Raise it in a handler to give the event up at once; `reason` is kept with the dead letter."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NotNow(Exception):
    """The event was not tried: out of time, or another run of it is under way. Does not count as a failure."""

    def __init__(self, reason: str, seconds: int) -> None:
        super().__init__(reason)
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Retry:
    """Try again after `seconds`."""

    seconds: int


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Put it to the dead letters."""

    reason: str


def verdict(error: Exception, failures: int) -> Retry | GiveUp:
    """What becomes of an event that failed for the `failures`-th time, 1 being the first.

    An event that was a dead letter and is sent again goes through the schedule once more.
    """
    if isinstance(error, DeadLetter):
        return GiveUp(_legible(error.reason) or type(error).__name__)
    turn = (failures - 1) % (len(SCHEDULE) + 1)
    if turn == len(SCHEDULE):
        return GiveUp(told(error))
    return Retry(error.seconds if isinstance(error, RetryLater) else SCHEDULE[turn])


def told(error: Exception) -> str:
    """The error as it is kept with the event, beside the body that it may quote. Never for a log."""
    kind = DeadLetter if isinstance(error, DeadLetter) else type(error)
    return _legible(f"{kind.__name__}: {error}" if str(error) else kind.__name__)


def _legible(text: str) -> str:
    # SQS takes no control characters and no empty text in an attribute.
    return "".join(sign if sign.isprintable() else " " for sign in text)[:1000]
