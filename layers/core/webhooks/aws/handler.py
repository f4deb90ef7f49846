"""What turns a function of one event into a Lambda handler of an SQS queue."""

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
from webhooks.aws.log import cause, ids, logger
from webhooks.aws.once import Once
from webhooks.aws.settings import HandlerSettings
from webhooks.aws.store import S3Bodies
from webhooks.dates import normalised
from webhooks.events.base import Event
from webhooks.message import Message, NotAMessage
from webhooks.retries import DeadLetter, GiveUp, NotNow

type Failed = dict[str, list[dict[str, str]]]
"""The messages that stay on the queue, in the form in which Lambda asks for them."""
type LambdaHandler = Callable[[dict[str, Any], Any], Failed]

_MARGIN_MS = 5000
"""A message is not begun with less time left than this: it would be killed in the middle."""

_FRAMES = 5
"""Of a failure's stack the innermost frames are logged: those of the handler and of what it calls."""


def handler[E: Event](model: type[E], *, idempotent: bool = False) -> Callable[[Callable[[E], object]], LambdaHandler]:
    """Make a function of one event the Lambda handler of that event type's queue.

    The function is called with the event in each message, once for each event even if its message comes twice.
    A function that can safely run twice may say that it is `idempotent`, which saves two writes per event.
    It raises to fail, `RetryLater` and `DeadLetter` to say how: that message alone is tried again or given up.
    """

    def decorate(handle: Callable[[E], object]) -> LambdaHandler:
        @wraps(handle)
        def lambda_handler(batch: dict[str, Any], context: Any) -> Failed:
            done: list[Message] = []
            failed = []
            for record in batch["Records"]:
                attempt = _Attempt(record, context, done)
                with logger.append_context_keys(sqs_message_id=record["messageId"], **attempt.ids):
                    try:
                        attempt.make(model, handle, once=not idempotent)
                    except Exception:  # noqa: BLE001 - it is settled and told of
                        failed.append({"itemIdentifier": record["messageId"]})
            if done:
                metrics.handled(_delays(done))
            return {"batchItemFailures": failed}

        return lambda_handler

    return decorate


class _Attempt:
    """One try at one message. What it raises tells Lambda that the message stays on the queue."""

    def __init__(self, record: dict[str, Any], context: Any, done: list[Message]) -> None:
        self._record = record
        self._context = context
        self._done = done
        self._message = _message(record)

    @property
    def ids(self) -> dict[str, Any]:
        """What its log lines tell of the event; nothing where there is none."""
        if isinstance(self._message, NotAMessage):
            return {}
        replay = self._message.replay
        return ids(self._message.key) | ({"replay": replay} if replay else {})

    def make[E: Event](self, model: type[E], handle: Callable[[E], object], *, once: bool) -> None:
        try:
            self._run(model, handle, once=once)
        except NotNow as reason:
            logger.info("not now", reason=str(reason))
            _failures().hide(self._record, reason.seconds)
            raise
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is settled
            self._settle(error)

    def _run[E: Event](self, model: type[E], handle: Callable[[E], object], *, once: bool) -> None:
        if self._context.get_remaining_time_in_millis() < _MARGIN_MS:
            raise NotNow("the function's time is nearly up", 0)
        if isinstance(self._message, NotAMessage):
            raise self._message
        message = _complete(self._message)
        event = _fitted(model, message)
        if not once:
            handle(event)
        elif not _once().run(event.idempotency_key, lambda: handle(event), self._context):
            logger.info("handled before")
            return
        logger.info("handled")
        self._done.append(message)

    def _settle(self, error: Exception) -> None:
        event_type = _settings().name
        try:
            key = None if isinstance(self._message, NotAMessage) else self._message.key
            ruling = _failures().settle(self._record, key, error)
        except (BotoCoreError, ClientError) as trouble:
            logger.error("dead letter not sent", **_told(error), cause=cause(trouble))
            metrics.count("Failed", event_type=event_type)
            raise error from trouble
        if isinstance(ruling, GiveUp):
            logger.error("dead letter", **_told(error))
            metrics.count("Failed", "DeadLettered", event_type=event_type)
            return
        logger.warning("failed", **_told(error), again_in_seconds=ruling.seconds)
        metrics.count("Failed", event_type=event_type)
        raise error


def _message(record: dict[str, Any]) -> Message | NotAMessage:
    try:
        return Message.from_record(record)
    except NotAMessage as reason:
        return reason


def _complete(message: Message) -> Message:
    if not message.body_reference:
        return message
    return replace(message, body=_bodies().fetch(message.body_reference))


class _DoesNotFit(DeadLetter):
    """A body that does not fit its model, and no second try will make it fit.

    `problems` are kept with the event: a model's own validators may quote it. `kinds` may be logged.
    """

    def __init__(self, problems: list[str], kinds: list[str]) -> None:
        super().__init__(f"does not fit its model: {'; '.join(problems)}")
        self.kinds = kinds


def _fitted[E: Event](model: type[E], message: Message) -> E:
    try:
        return model.from_message(message)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        problems = [f"{'.'.join(str(step) for step in problem['loc'])}: {problem['msg']}" for problem in found]
        kinds = [f"{_field(model, problem['loc'])}: {problem['type']}" for problem in found]
    except json.JSONDecodeError as error:
        problems = kinds = [f"not JSON: {error.msg}"]
    raise _DoesNotFit(problems, kinds)


def _field(model: type[Event], place: tuple[int | str, ...]) -> str:
    """The field in which a problem is, if it is one of the model's: all other names are the sender's."""
    known = {field.alias for field in model.model_fields.values()}
    return next((str(step) for step in place[:1] if step in known), "body")


def _told(error: Exception) -> dict[str, Any]:
    """What may be logged of an error: not its text, which may hold what was sent."""
    if isinstance(error, _DoesNotFit):
        return {"error": "ValidationError", "problems": error.kinds}
    return {"error": type(error).__name__, "stack": traceback.format_tb(error.__traceback__, limit=-_FRAMES)}


def _delays(messages: list[Message]) -> Iterator[tuple[float | None, float]]:
    """Of each the seconds since it happened, if that is known, and since it was received."""
    now = datetime.now(UTC)
    for message in messages:
        happened, received = (_seconds_since(moment, now) for moment in (message.event_date, message.received_at))
        yield happened, received or 0.0


def _seconds_since(moment: str, now: datetime) -> float | None:
    date = normalised(moment)
    # A sender's clock may be ahead of ours.
    return max((now - datetime.fromisoformat(date)).total_seconds(), 0.0) if date else None


@cache
def _settings() -> HandlerSettings:
    return HandlerSettings.from_environment()


@cache
def _once() -> Once:
    settings = _settings()
    return Once(clients.dynamodb(), settings.once_table, settings.retention, settings.name)


@cache
def _bodies() -> S3Bodies:
    return S3Bodies(clients.s3, _settings().bucket)


@cache
def _failures() -> Failures:
    settings = _settings()
    return Failures(
        clients.dynamodb(), settings.inbox_table, clients.sqs(), settings.queue_url, settings.dead_letters_url
    )
