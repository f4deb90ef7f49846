"""The `handler` decorator: a function of one event becomes the Lambda handler of an SQS queue."""

import json
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache, wraps
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import ValidationError

from webhooks.aws import clients, metrics
from webhooks.aws.failures import Failures
from webhooks.aws.log import error_code, ids, logger
from webhooks.aws.once import Once
from webhooks.aws.records import take_saved
from webhooks.aws.settings import HandlerSettings
from webhooks.aws.store import S3Store
from webhooks.dates import normalised, timestamp
from webhooks.event import AcceptedEvent
from webhooks.events.base import Event
from webhooks.message import MalformedMessage, event_from_record
from webhooks.policy import HANDLER_MARGIN
from webhooks.retries import DeadLetter, DeadLettered, Deferred

type BatchResponse = dict[str, list[dict[str, str]]]
"""Names the messages that stay on the queue, as Lambda expects it."""
type LambdaHandler = Callable[[dict[str, Any], Any], BatchResponse]

_PROBLEMS = 10
"""Validation problems that are stored and logged; of all others their number."""

_FRAMES = 5
"""Innermost frames of a failure's stack that are logged: those of the handler and of what it calls."""


def handler[E: Event](model: type[E], *, idempotent: bool = False) -> Callable[[Callable[[E], object]], LambdaHandler]:
    """Make a function of one event the Lambda handler of its type's queue.

    The function is called once per event, even if the message arrives twice, unless it declares that it is
    `idempotent`, which saves two writes per event. It raises to fail; `RetryLater` and `DeadLetter` control what
    happens next. A failure affects its own message only.
    """

    def decorate(handle: Callable[[E], object]) -> LambdaHandler:
        @wraps(handle)
        def lambda_handler(batch: dict[str, Any], context: Any) -> BatchResponse:
            handled: list[AcceptedEvent] = []
            failed = []
            for record in batch["Records"]:
                attempt = _Attempt(record, context, handled)
                with logger.append_context_keys(sqs_message_id=record["messageId"], **attempt.ids):
                    try:
                        attempt.make(model, handle, once=not idempotent)
                    except Exception:  # noqa: BLE001 - the attempt has logged and handled it
                        failed.append({"itemIdentifier": record["messageId"]})
            if handled:
                metrics.handled(_delays(handled))
            return {"batchItemFailures": failed}

        return lambda_handler

    return decorate


class _Attempt:
    """One attempt at one message. If it raises, the message stays on the queue."""

    def __init__(self, record: dict[str, Any], context: Any, handled: list[AcceptedEvent]) -> None:
        self._record = record
        self._context = context
        self._handled = handled
        self._accepted = _parse(record)

    @property
    def ids(self) -> dict[str, Any]:
        """The fields of its log lines; empty for a malformed message."""
        if isinstance(self._accepted, MalformedMessage):
            return {}
        replay = self._accepted.replay
        return ids(self._accepted.key) | ({"replay": replay} if replay else {})

    def make[E: Event](self, model: type[E], handle: Callable[[E], object], *, once: bool) -> None:
        try:
            self._run(model, handle, once=once)
        except Deferred as deferred:
            logger.info("deferred", reason=str(deferred))
            _failures().delay(self._record, deferred.seconds)
            raise
        except Exception as error:  # noqa: BLE001 - a handler may raise anything
            self._handle_failure(error)

    def _run[E: Event](self, model: type[E], handle: Callable[[E], object], *, once: bool) -> None:
        if self._context.get_remaining_time_in_millis() < HANDLER_MARGIN * 1000:
            raise Deferred("too little time left", 0)
        if isinstance(self._accepted, MalformedMessage):
            raise self._accepted
        accepted = _load_body(self._accepted)
        event = _validate(model, accepted)
        if not once:
            handle(event)
        elif not _once().run(event.idempotency_key, lambda: _traced(handle, event), self._context):
            logger.info("handled before")
            return
        logger.info("handled")
        self._handled.append(accepted)

    def _handle_failure(self, error: Exception) -> None:
        event_type = _settings().name
        try:
            key = None if isinstance(self._accepted, MalformedMessage) else self._accepted.key
            step = _failures().handle_failure(self._record, key, error)
        except (BotoCoreError, ClientError) as aws_error:
            logger.error("dead letter not sent", **_loggable(error), cause=error_code(aws_error))
            metrics.count("Failed", event_type=event_type)
            raise error from aws_error
        if isinstance(step, DeadLettered):
            logger.error("dead letter", **_loggable(error))
            metrics.count("Failed", "DeadLettered", event_type=event_type)
            return
        logger.warning("failed", **_loggable(error), again_in_seconds=step.seconds)
        metrics.count("Failed", event_type=event_type)
        raise error


def _traced[E: Event](handle: Callable[[E], object], event: E) -> dict[str, object]:
    """Run the handler; returns what the operator's command shows of the run: when it ended, the records it saved."""
    take_saved()
    handle(event)
    return {"handled_at": timestamp(datetime.now(UTC)), "records": take_saved()}


def _parse(record: dict[str, Any]) -> AcceptedEvent | MalformedMessage:
    try:
        return event_from_record(record)
    except MalformedMessage as malformed:
        return malformed


def _load_body(accepted: AcceptedEvent) -> AcceptedEvent:
    if not accepted.body_reference:
        return accepted
    return replace(accepted, body=_store().load_body(accepted.body_reference))


class _DoesNotFit(DeadLetter):
    """The body does not fit its model, so a retry would not help.

    `problems` are stored with the event, since a model's own validators may quote it. `kinds` may be logged.
    """

    def __init__(self, problems: list[str], kinds: list[str]) -> None:
        super().__init__(f"does not fit its model: {'; '.join(problems)}")
        self.kinds = kinds


def _validate[E: Event](model: type[E], accepted: AcceptedEvent) -> E:
    try:
        return model.from_accepted(accepted)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        left_out = [f"and {len(found) - _PROBLEMS} more"] if len(found) > _PROBLEMS else []
        found = found[:_PROBLEMS]
        problems = [f"{'.'.join(str(step) for step in problem['loc'])}: {problem['msg']}" for problem in found]
        problems += left_out
        kinds = [f"{_field(model, problem['loc'])}: {problem['type']}" for problem in found]
        kinds += left_out
    except json.JSONDecodeError as error:
        problems = kinds = [f"not JSON: {error.msg}"]
    raise _DoesNotFit(problems, kinds)


def _field(model: type[Event], location: tuple[int | str, ...]) -> str:
    """The model's field in which a problem is, else `body`: all other names are the sender's."""
    known = {field.alias for field in model.model_fields.values()}
    return next((str(step) for step in location[:1] if step in known), "body")


def _loggable(error: Exception) -> dict[str, Any]:
    """What may be logged of an error: not its text, which may quote the body."""
    if isinstance(error, _DoesNotFit):
        return {"error": "ValidationError", "problems": error.kinds}
    return {"error": type(error).__name__, "stack": traceback.format_tb(error.__traceback__, limit=-_FRAMES)}


def _delays(events: list[AcceptedEvent]) -> Iterator[tuple[float | None, float]]:
    """For each event the seconds since it happened, if known, and since its receipt."""
    now = datetime.now(UTC)
    for event in events:
        happened, received = (_seconds_since(moment, now) for moment in (event.event_date, event.received_at))
        yield happened, received or 0.0


def _seconds_since(moment: str, now: datetime) -> float | None:
    date = normalised(moment)
    # The sender's clock may be ahead of ours.
    return max((now - datetime.fromisoformat(date)).total_seconds(), 0.0) if date else None


@cache
def _settings() -> HandlerSettings:
    return HandlerSettings.from_environment()


@cache
def _once() -> Once:
    settings = _settings()
    return Once(clients.dynamodb(), settings.once_table, settings.retention, settings.name)


@cache
def _store() -> S3Store:
    return S3Store(clients.s3, _settings().bucket)


@cache
def _failures() -> Failures:
    settings = _settings()
    return Failures(
        clients.dynamodb(), settings.inbox_table, clients.sqs(), settings.queue_url, settings.dead_letters_url
    )
