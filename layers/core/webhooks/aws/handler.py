"""The `handler` decorator: a function of one event becomes the Lambda handler of an SQS queue."""

import json
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache, wraps
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import ValidationError

from webhooks.aws import clients, metrics
from webhooks.aws.failures import Failures
from webhooks.aws.log import error_code, ids, logger
from webhooks.aws.once import HandlerExited, NotRecorded, Once
from webhooks.aws.records import take_saved
from webhooks.aws.settings import HandlerSettings
from webhooks.aws.store import S3Store
from webhooks.dates import normalised, timestamp
from webhooks.event import AcceptedEvent, EventKey
from webhooks.events.base import Event
from webhooks.message import MalformedMessage, event_from_record
from webhooks.policy import HANDLER_MARGIN, MOST_DEATHS
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
            time = _Time(context)
            attempts = [_Attempt(record, time, once=not idempotent) for record in batch["Records"]]
            died = _died(attempts)
            for attempt in attempts:
                if attempt not in died:
                    attempt.make(model, handle)
            _make_alone(died, attempts, lambda attempt: attempt.make(model, handle))
            if handled := [attempt.accepted for attempt in attempts if attempt.handled]:
                metrics.handled(_delays(handled))
            failed = [attempt.record["messageId"] for attempt in attempts if attempt.stays]
            return {"batchItemFailures": [{"itemIdentifier": each} for each in failed]}

        return lambda_handler

    return decorate


class _Time:
    """The time of one invocation, and the longest run that this process has seen."""

    def __init__(self, context: Any) -> None:
        self.context = context
        self._begun = False

    @contextmanager
    def of_a_run(self) -> Iterator[None]:
        """Measure a run. Raises `Deferred` if the longest one seen would not fit; the first has all the time."""
        left = self.context.get_remaining_time_in_millis()
        needed = HANDLER_MARGIN * 1000 + (_longest().milliseconds if self._begun else 0)
        if left < needed:
            raise Deferred("too little time left", 0)
        self._begun = True
        try:
            yield
        finally:
            _longest().add(left - self.context.get_remaining_time_in_millis())


@dataclass(slots=True)
class _Longest:
    milliseconds: float = 0

    def add(self, milliseconds: float) -> None:
        self.milliseconds = max(self.milliseconds, milliseconds)


class _Attempt:
    """One attempt at one message. `stays` says whether the message stays on the queue."""

    def __init__(self, record: dict[str, Any], time: _Time, *, once: bool) -> None:
        self.record = record
        self.handled = False
        self.stays = True
        self.deaths = 0
        self.again = int(record["attributes"]["ApproximateReceiveCount"]) > 1
        self._time = time
        self._accepted = _parse(record)
        # A message that was received before leaves a trace, whatever its handler says of itself.
        self._once = once or self.again

    @property
    def accepted(self) -> AcceptedEvent:
        """The event. Raises `MalformedMessage`."""
        if isinstance(self._accepted, MalformedMessage):
            raise self._accepted
        return self._accepted

    @property
    def key(self) -> EventKey | None:
        """The event's key; None for a malformed message."""
        return None if isinstance(self._accepted, MalformedMessage) else self._accepted.key

    def make[E: Event](self, model: type[E], handle: Callable[[E], object]) -> None:
        """Run the handler, and delay, dead-letter or finish the message."""
        with logger.append_context_keys(sqs_message_id=self.record["messageId"], **self._ids()):
            try:
                self._run(model, handle)
                self.stays = False
            except Deferred as deferred:
                self.defer(deferred)
            except Exception as error:  # noqa: BLE001 - a handler may raise anything
                self._fail(error)

    def defer(self, deferred: Deferred) -> None:
        """Leave the message to another invocation."""
        logger.info("deferred", reason=str(deferred), cause=error_code(deferred.__cause__))
        _failures().delay(self.record, deferred.seconds)

    def _ids(self) -> dict[str, Any]:
        """The fields of its log lines; empty for a malformed message."""
        if isinstance(self._accepted, MalformedMessage):
            return {}
        replay = self._accepted.replay
        return ids(self._accepted.key) | ({"replay": replay} if replay else {})

    def _run[E: Event](self, model: type[E], handle: Callable[[E], object]) -> None:
        with self._time.of_a_run():
            if self.deaths >= MOST_DEATHS:
                raise DeadLetter(f"its handler died without a word, {self.deaths} times")
            event = _validate(model, _load_body(self.accepted))
            try:
                self.handled = self._run_once(handle, event)
            except NotRecorded as error:
                logger.warning("handled, but not recorded", cause=error_code(error.__cause__))
                self.handled = True
        logger.info("handled" if self.handled else "handled before")

    def _run_once[E: Event](self, handle: Callable[[E], object], event: E) -> bool:
        if self._once:
            return _once().run(event.idempotency_key, lambda: _traced(handle, event), self._time.context)
        try:
            handle(event)
        except Exception:
            raise
        except BaseException as error:
            raise HandlerExited(type(error).__name__) from error
        return True

    def _fail(self, error: Exception) -> None:
        event_type = _settings().name
        try:
            step = _failures().handle_failure(self.record, self.key, error)
        except Exception as settling:  # noqa: BLE001 - the message stays, and the queue's timeout applies
            logger.error("failure not handled", **_loggable(error), cause=error_code(settling))
            metrics.count("Failed", event_type=event_type)
            return
        if isinstance(step, DeadLettered):
            logger.error("dead letter", **_loggable(error))
            metrics.count("Failed", "DeadLettered", event_type=event_type)
            self.stays = False
            return
        logger.warning("failed", **_loggable(error), again_in_seconds=step.seconds)
        metrics.count("Failed", event_type=event_type)


def _died(attempts: list[_Attempt]) -> list[_Attempt]:
    """Those whose message was received before and whose run left no trace of an end: the process died."""
    again = [attempt for attempt in attempts if attempt.again and attempt.key]
    if not again:
        return []
    try:
        died = _once().died({attempt.accepted.run_key for attempt in again})
        return [attempt for attempt in again if attempt.accepted.run_key in died]
    except (BotoCoreError, ClientError) as error:
        logger.warning("deaths not looked up", cause=error_code(error))
        return []


def _make_alone(died: list[_Attempt], attempts: list[_Attempt], make: Callable[[_Attempt], None]) -> None:
    """Run the first of the messages that killed a process when its neighbours are off the queue; defer the others."""
    if not died:
        return
    first, *others = died
    for other in others:
        other.defer(Deferred("its last run died, so it runs alone", 0))
    _failures().delete([attempt.record for attempt in attempts if not attempt.stays])
    first.deaths = _failures().add_death(first.accepted.key)
    make(first)


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
def _longest() -> _Longest:
    return _Longest()


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
