"""What `webhooks send` tells at its end: the answers, how long they took, and the message ids."""

import math
from collections.abc import Sequence
from typing import Any

from webhooks_cli.endpoint import Answer
from webhooks_cli.output import out, print_json, print_table
from webhooks_cli.send import Delivery
from webhooks_cli.sender import Sent

_FEW = 20


def report(sent: Sent[Delivery], *, as_json: bool) -> None:
    """Print it, as JSON or for people: the events one by one where they are few, or else the answers counted."""
    if as_json:
        print_json(_data(sent))
        return
    if len(sent.last) <= _FEW:
        events = [
            (_message_id(*each), _event_type(*each), _told(each[1].status, each[1].outcome)) for each in sent.last
        ]
        print_table(("message id", "event type", "answer"), events)
    if len(sent.last) > _FEW or sent.answers.total() > len(sent.last):
        rows = [(_told(*answer), times) for answer, times in sorted(sent.answers.items())]
        print_table(("answer", "times"), rows)
    took = ", ".join(f"{name} {value} ms" for name, value in _milliseconds(sent.seconds).items())
    out.print(f"{sent.answers.total()} in {sent.elapsed:.1f} s; from here to the answer: {took or 'none came'}")


def _data(sent: Sent[Delivery]) -> dict[str, Any]:
    return {
        "answers": [
            {"status": status, "outcome": outcome, "count": times}
            for (status, outcome), times in sorted(sent.answers.items())
        ],
        "milliseconds": _milliseconds(sent.seconds),
        "seconds": round(sent.elapsed, 3),
        "events": [
            {
                "message_id": _message_id(request, answer),
                "event_type": _event_type(request, answer),
                "status": answer.status,
                "outcome": answer.outcome,
            }
            for request, answer in sent.last
        ],
    }


def percentile(values: Sequence[float], percent: int) -> float:
    """The smallest value that so many percent do not exceed."""
    return sorted(values)[max(0, math.ceil(len(values) * percent / 100) - 1)]


def _milliseconds(seconds: Sequence[float]) -> dict[str, int]:
    return {f"p{each}": round(percentile(seconds, each) * 1000) for each in (50, 95, 99)} if seconds else {}


def _message_id(request: Delivery, answer: Answer) -> str:
    return str(answer.body.get("messageId") or request.message_id)


def _event_type(request: Delivery, answer: Answer) -> str:
    return str(answer.body.get("eventType") or request.event_type)


def _told(status: int, outcome: str) -> str:
    return f"{status} {outcome}" if status else outcome
