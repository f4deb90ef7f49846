"""What is told of a dead letter: nothing that tells of a person, unless it is asked for."""

from typing import Any

from webhooks_cli.letters import NO_REASON, Letter
from webhooks_cli.masking import MASK, masked, masked_error, masked_user, read_body

_ABOUT_THE_MODEL = "does not fit its model: "
"""What the product itself says of a body that it cannot read. It names fields and repeats no value."""


def reason_of(letter: Letter, *, reveal: bool) -> str:
    """Why it was given up. The text of an error that was not foreseen may quote the event: it is masked."""
    reason = letter.reason
    return reason if reveal or reason.startswith((_ABOUT_THE_MODEL, NO_REASON)) else masked_error(reason)


def told(letter: Letter, *, reveal: bool) -> dict[str, Any]:
    """What is told in a list; ids are empty where it is no event's."""
    key = letter.key
    return {
        "given_up_at": letter.since,
        "message_id": key.message_id if key else None,
        "client_id": key.client_id if key else None,
        "event_type": key.event_type if key else None,
        "queue": letter.event_type,
        "failures": letter.failures,
        "reason": reason_of(letter, reveal=reveal),
        "sqs_id": letter.id,
    }


def told_in_full(letter: Letter, *, reveal: bool) -> dict[str, Any]:
    """All that is told; `body` is None where it lies in the bucket, under `body_reference`."""
    message = letter.message
    more = {
        "event_date": message.event_date if message else None,
        "received_at": message.received_at if message else None,
        "replay": message.replay if message else None,
        "user": (message.user if reveal else masked_user(message.user)) if message else None,
        "body_reference": message.body_reference if message else None,
        "body": _body(letter, reveal=reveal),
    }
    return told(letter, reveal=reveal) | more


def _body(letter: Letter, *, reveal: bool) -> Any:
    if letter.message and letter.message.body_reference:
        return None
    try:
        body: Any = read_body(letter.body)
    except ValueError:
        return letter.body if reveal else MASK
    if reveal:
        return body
    return masked(body, letter.key.event_type) if letter.key and isinstance(body, dict) else MASK
