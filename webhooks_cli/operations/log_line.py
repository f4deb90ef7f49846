"""A line of a function's log, and what may be shown of it without `--reveal`: what the product wrote."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Self

from webhooks_cli.operations.masking import MASK

MESSAGES = frozenset(
    (
        *("accepted", "duplicate"),
        *("unauthorized", "rejected", "too large", "unsupported coding", "unavailable"),
        *("not published", "not marked as published", "relayed", "another relay is at work"),
        *("handled", "handled before", "handled, but not recorded", "a newer state is recorded"),
        *("deferred", "failed", "dead letter", "failure not handled", "failure not recorded"),
        *("deaths not looked up", "not deleted", "not delayed", "trouble not ended", "slow"),
    )
)
"""The messages of the product. Handlers log with the same logger."""

_IDS = frozenset(
    (
        *("level", "location", "timestamp", "service", "xray_trace_id"),
        *("message_id", "client_id", "event_type", "correlation_id", "sqs_message_id", "replay"),
    )
)
"""Fields of every line."""

_FIELDS = frozenset(
    (
        *("request_id", "token_label", "queue", "collided", "published", "status", "reason", "cause"),
        *("events", "failed", "finished", "oldest", "error", "problems", "stack", "again_in_seconds"),
    )
)
"""Fields that the product adds to its own messages."""

_NOT_IN_TEXT = {
    *("level", "location", "timestamp", "service", "message"),
    *("message_id", "client_id", "event_type", "correlation_id"),
    *("stack", "sqs_message_id", "xray_trace_id"),
}
"""Fields that are long, or shown elsewhere in a line."""

_LEVEL = re.compile(r"\[?(DEBUG|INFO|WARNING|ERROR|CRITICAL)\b[]:]")
_CRASH = re.compile(r"Task timed out|Runtime exited|^Traceback ")

_LAMBDAS_WORDS = re.compile(
    r"(?:\S+ )*Task timed out after [\d.]+ seconds"
    r"|(?:RequestId: \S+ )?Error: Runtime exited (?:with error: (?:exit status \d+|signal: \w+)|without .*)"
    r"|(?:\[ERROR\] )?Runtime\.(?:ImportModuleError|UserCodeSyntaxError|HandlerNotFound): .*"
    r"|(?:ImportError|ModuleNotFoundError|SyntaxError|IndentationError): .*"
    r"|Runtime\.\w+|(?:\[ERROR\] )?(?:Worker init failed: )?Traceback \(most recent call last\):"
    r"|LAMBDA_WARNING: .*"
)
"""Lines of Lambda's own that quote no event: a time-out, a dead process, a function that cannot be imported."""

_FRAME = re.compile(r' *File "[^"]+", line \d+(?:, in \S+)?')
_SOURCE = re.compile(r" {4,}\S.*")
_BEGINNING = re.compile(r"(?:\[[A-Z]+\][ \t](?:\S+Z\t\S*\t)?)?(?:(?:\w+\.)*[A-Z]\w*(?:Error|Exception): )?", re.ASCII)
"""The level of a line, and the class of an error."""


@dataclass(frozen=True, slots=True)
class Found:
    """A line that Insights found. `id` is Insights' own; `at` is when it arrived: 2026-11-24 12:00:00.000 (UTC)."""

    id: str
    at: str
    function: str
    text: str


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line: when, by which function, and what it says; `fields` is empty if it is not from the product's logger."""

    at: str
    function: str
    message: str
    fields: dict[str, Any]

    @classmethod
    def parse(cls, found: Found) -> Self:
        """From what Insights found. The time is the line's own, if it has one."""
        try:
            fields = json.loads(found.text)
        except ValueError:
            fields = None
        if not isinstance(fields, dict) or not {"level", "message"} <= fields.keys():
            return cls(_moment(found.at), found.function, found.text.rstrip(), {})
        return cls(_moment(str(fields.get("timestamp", found.at))), found.function, str(fields["message"]), fields)

    @property
    def level(self) -> str:
        """INFO, WARNING or ERROR, say."""
        if self.fields:
            return str(self.fields["level"])
        stated = _LEVEL.match(self.message)
        return stated[1] if stated else "ERROR" if _CRASH.search(self.message) else "INFO"

    def text(self) -> str:
        """The line for people, without long and repeated fields."""
        rest = " ".join(f"{name}={_value(value)}" for name, value in self.fields.items() if name not in _NOT_IN_TEXT)
        parts = (self.at, self.function, self.message, self.fields.get("correlation_id", ""), rest)
        return "  ".join(part for part in parts if part)

    def data(self) -> dict[str, Any]:
        """The line for scripts."""
        return {"at": self.at, "function": self.function, "message": self.message} | self.fields

    def masked(self) -> Self:
        """The line with `***` for what a handler wrote, which may be anything, and for the texts of errors."""
        if not self.fields:
            return replace(self, message="\n".join(_masked_lines(self.message)))
        ours = self.message in MESSAGES
        message = self.message if ours else MASK
        shown = _IDS | _FIELDS if ours else _IDS
        fields = {name: value if name in shown else MASK for name, value in self.fields.items()}
        return replace(self, message=message, fields=fields | {"message": message})


def _masked_lines(text: str) -> Iterator[str]:
    before = ""
    for line in text.splitlines():
        shown = _masked_line(line, before)
        if shown != MASK or before != MASK:
            yield shown
        before = shown


def _masked_line(line: str, before: str) -> str:
    if _LAMBDAS_WORDS.fullmatch(line) or _FRAME.fullmatch(line):
        return line
    if _SOURCE.fullmatch(line) and (_FRAME.fullmatch(before) or _SOURCE.fullmatch(before)):
        return line  # of a traceback
    beginning = _BEGINNING.match(line)
    return (beginning[0] if beginning else "") + MASK


def _moment(stamp: str) -> str:
    """As 2026-11-24T12:00:00.000Z, from `2026-11-24 12:00:00,000+0000` or `2026-11-24 12:00:00.000`."""
    return stamp[:23].replace(" ", "T").replace(",", ".") + "Z"


def _value(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
