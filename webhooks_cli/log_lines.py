"""Lines of the functions' logs, as an operator reads them."""

import json
from dataclasses import dataclass
from typing import Any, Self

from webhooks_cli.insights import Found

OF_OURS = '"level":'
"""Pattern of the lines that our functions log, and not of those that CloudWatch makes metrics of."""

OF_CRASHES = r"Task timed out|\[ERROR\]"
"""Pattern of the lines that Lambda logs for a function that could not."""

_TOLD_APART = {"level", "location", "timestamp", "service", "message"}
_IN_CORRELATION_ID = {"message_id", "client_id", "event_type"}
_LONG = {"stack", "sqs_message_id", "xray_trace_id"}


@dataclass(frozen=True, slots=True)
class Line:
    """A line: when, by which function, and what it says; `fields` is empty for what is not our own log."""

    at: str
    function: str
    message: str
    fields: dict[str, Any]

    @classmethod
    def of(cls, found: Found) -> Self:
        """From what Insights has found. The time is the line's own: Insights' is when it was taken in."""
        try:
            fields = json.loads(found.text)
        except ValueError:
            fields = None
        if not isinstance(fields, dict) or "message" not in fields:
            return cls(_moment(found.at), found.function, found.text.strip(), {})
        return cls(_moment(fields.get("timestamp", found.at)), found.function, str(fields["message"]), fields)

    @property
    def level(self) -> str:
        """INFO, WARNING or ERROR."""
        return str(self.fields.get("level", "ERROR"))

    def text(self) -> str:
        """The line for people: without what is long or told twice."""
        left_out = _TOLD_APART | _IN_CORRELATION_ID | _LONG | {"correlation_id"}
        rest = (f"{name}={_value(value)}" for name, value in self.fields.items() if name not in left_out)
        told = (self.at, self.function, self.message, self.fields.get("correlation_id", ""), " ".join(rest))
        return "  ".join(part for part in told if part)

    def data(self) -> dict[str, Any]:
        """The line for scripts."""
        return {"at": self.at, "function": self.function, "message": self.message} | self.fields


def _moment(stamp: str) -> str:
    """As 2026-11-24T12:00:00.000Z, from `2026-11-24 12:00:00,000+0000` or `2026-11-24 12:00:00.000`."""
    return stamp[:23].replace(" ", "T").replace(",", ".") + "Z"


def _value(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
