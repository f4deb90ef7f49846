"""The situations in which functions are measured: their events, and the right answers."""

import json
from collections.abc import Iterator
from copy import deepcopy
from itertools import count
from typing import Any

from tools.local.emulator import ROOT
from tools.speed.fake_aws import TOKEN, disconnect
from tools.speed.process import HANDLER, INGEST, Process

ACCEPTED, DUPLICATE, REFUSED, BATCH = "accepted", "duplicate", "refused", "batch"
IDLE = "accepted after an idle minute"
"""AWS has closed the connections."""
WARM = {INGEST: (REFUSED, ACCEPTED, DUPLICATE, IDLE), HANDLER: (BATCH,)}
"""Of a warm function. Refused is first: an unknown token makes ingest read the secret again, at most every 30 s, and
its cold start has just read it."""
COLD = {INGEST: ACCEPTED, HANDLER: BATCH}
"""The first call of a process."""
WARM_UP = 2
"""Calls before a situation is measured: they open connections, and the first event of the duplicates is new."""
MESSAGES = 10
"""Messages of a batch."""

_TYPE = "CreateOrderEvent"
_REQUEST, _BATCH = (
    json.loads((ROOT / "events" / part / f"{_TYPE}.json").read_text()) for part in ("ingest", "handlers")
)
_NUMBERS = count(1)


class WrongAnswer(Exception):
    """A function did something else than what is to be measured."""


def events(situation: str) -> Iterator[str]:
    """An endless sequence of events, as JSON."""
    first = _new_id()
    if situation == DUPLICATE:
        yield _delivery(first, TOKEN)
    while True:
        match situation:
            case "duplicate":
                yield _delivery(first, TOKEN)
            case "refused":
                yield _delivery(_new_id(), "a-guess")
            case "accepted" | "accepted after an idle minute":
                yield _delivery(_new_id(), TOKEN)
            case _:
                yield json.dumps({"Records": [_message(_new_id()) for _ in range(MESSAGES)]})


def prepare(situation: str, url: str) -> None:
    """Bring about what precedes an event; `url` is the fake AWS."""
    if situation == IDLE:
        disconnect(url)


def events_in(situation: str) -> int:
    """The number of webhook events in one Lambda event."""
    return MESSAGES if situation == BATCH else 1


def check(situation: str, answer: Any) -> None:
    """Raises `WrongAnswer`."""
    right = answer == {"batchItemFailures": []} if situation == BATCH else _status(answer, situation)
    if not right:
        raise WrongAnswer(f"{situation}: {answer}")


def start(process: Process, part: str) -> float:
    """Make the first call; returns the CPU time of the process up to the answer, in milliseconds."""
    call = process.call(next(events(COLD[part])))
    check(COLD[part], call.answer)
    return call.process_cpu_ms


def _status(answer: Any, situation: str) -> bool:
    return bool(answer["statusCode"] == (401 if situation == REFUSED else 200))


def _delivery(message_id: str, token: str) -> str:
    headers = _REQUEST["headers"] | {"authorization": f"Bearer {token}", "x-directscale-message-id": message_id}
    # Strict JSON: only our receiver accepts the trailing comma of the vendor's sample.
    return json.dumps(_REQUEST | {"headers": headers, "body": _BATCH["Records"][0]["body"]})


def _message(message_id: str) -> dict[str, Any]:
    message: dict[str, Any] = deepcopy(_BATCH["Records"][0])
    message["messageId"] = message_id
    message["messageAttributes"]["MessageId"]["stringValue"] = message_id
    return message


def _new_id() -> str:
    return f"00000000-0000-4000-8000-{next(_NUMBERS):012}"
