"""The events that the artefacts are given, and whether they answered them as they must."""

import json
from collections.abc import Iterator
from copy import deepcopy
from itertools import count
from typing import Any

from benchmarks.artefact import HANDLER, INGEST
from benchmarks.stand_in import TOKEN
from tests.unit.examples import ROOT

ACCEPTED, DUPLICATE, REFUSED, BATCH = "accepted", "duplicate", "refused", "batch"
OF = {INGEST: (REFUSED, ACCEPTED, DUPLICATE), HANDLER: (BATCH,)}
"""What each part meets. What is refused comes first, for a wrong token makes the secret be read again, at most every
30 s: it was by the one that went before.
"""
COLD = "cold"
"""The first call of a process."""
WARM_UP = 2
"""Calls of a situation before it counts: the first event of all duplicates is none, and connections are made."""
FIRST = {INGEST: ACCEPTED, HANDLER: BATCH}
"""What a cold start is measured with."""
MESSAGES = 10
"""In a batch."""

_TYPE = "CreateOrderEvent"
_REQUEST, _BATCH = (
    json.loads((ROOT / "events" / part / f"{_TYPE}.json").read_text()) for part in ("ingest", "handlers")
)
_NUMBERS = count(1)
"""No two events are one unless they are to be."""


def events(situation: str) -> Iterator[str]:
    """As many as are taken, as JSON."""
    first = _new_id()
    if situation == DUPLICATE:
        yield _delivery(first, TOKEN)
    while True:
        match situation:
            case "duplicate":
                yield _delivery(first, TOKEN)
            case "refused":
                yield _delivery(_new_id(), "a-guess")
            case "accepted":
                yield _delivery(_new_id(), TOKEN)
            case _:
                yield json.dumps({"Records": [_message(_new_id()) for _ in range(MESSAGES)]})


def is_right(situation: str, answer: Any) -> bool:
    """Whether an answer is what the situation asks for."""
    if situation == BATCH:
        return bool(answer == {"batchItemFailures": []})
    return bool(answer["statusCode"] == (401 if situation == REFUSED else 200))


def _delivery(message_id: str, token: str) -> str:
    headers = _REQUEST["headers"] | {"authorization": f"Bearer {token}", "x-directscale-message-id": message_id}
    # Without the sample's trailing comma, which ours alone takes.
    return json.dumps(_REQUEST | {"headers": headers, "body": _BATCH["Records"][0]["body"]})


def _message(message_id: str) -> dict[str, Any]:
    message: dict[str, Any] = deepcopy(_BATCH["Records"][0])
    message["messageId"] = message_id
    message["messageAttributes"]["MessageId"]["stringValue"] = message_id
    return message


def _new_id() -> str:
    return f"00000000-0000-4000-8000-{next(_NUMBERS):012}"
