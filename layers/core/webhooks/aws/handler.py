"""The `handler` decorator: a function of one event becomes the Lambda handler of an SQS queue."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache, wraps
from typing import Any, overload

from botocore.exceptions import BotoCoreError, ClientError

from webhooks.aws import clients, loggable, metrics
from webhooks.aws.failures import Failures
from webhooks.aws.log import error_code, ids, logger
from webhooks.aws.once import HandlerExited, NotRecorded, Once
from webhooks.aws.once_table import trouble_id
from webhooks.aws.records import take_saved
from webhooks.aws.settings import HandlerSettings
from webhooks.aws.store import S3Store
from webhooks.dates import normalised, timestamp
from webhooks.event import AcceptedEvent, EventKey
from webhooks.events.base import Event
from webhooks.large_body import MissingBody
from webhooks.message import MalformedMessage, event_from_record
from webhooks.policy import HANDLER_MARGIN, MOST_DEATHS
from webhooks.retries import DeadLetter, DeadLettered, Deferred
from webhooks.validation import Models, model_of, validate

type BatchResponse = dict[str, list[dict[str, str]]]
"""Names the messages that stay on the queue, as Lambda expects it."""
type LambdaHandler = Callable[[dict[str, Any], Any], BatchResponse]


type _Decorator[E: Event] = Callable[[Callable[[E], object]], LambdaHandler]


@overload
def handler[A: Event](model: type[A], /, *, idempotent: bool = False) -> _Decorator[A]: ...
@overload
def handler[A: Event, B: Event](
    model: type[A], other: type[B], /, *, idempotent: bool = False
) -> _Decorator[A | B]: ...
@overload
def handler[A: Event, B: Event, C: Event](
    model: type[A], other: type[B], third: type[C], /, *, idempotent: bool = False
) -> _Decorator[A | B | C]: ...
@overload
def handler(*models: type[Event], idempotent: bool = False) -> _Decorator[Any]: ...
def handler(*models: type[Event], idempotent: bool = False) -> _Decorator[Any]:
    """Make a function of one event the Lambda handler of its queue.

    With several models, the event's type names the one that it is read as; `CustomEvent` reads all other types.

    The function is called once per event, even if the message arrives twice, unless it declares that it is
    `idempotent`, which saves two writes per event. It raises to fail; `RetryLater` and `DeadLetter` control what
    happens next. A failure affects its own message only.
    """
    if not models:
        raise TypeError("handler() needs at least one model")
    by_type = {model.__name__: model for model in models}
    clients.make_early(clients.dynamodb)

    def decorate(handle: Callable[[Any], object]) -> LambdaHandler:
        @wraps(handle)
        def lambda_handler(batch: dict[str, Any], context: Any) -> BatchResponse:
            time = _Time(context)
            with metrics.time_watched(context):
                attempts = [_Attempt(record, time, once=not idempotent) for record in batch["Records"]]
                return _respond(attempts, lambda attempt: attempt.make(by_type, handle))

        return lambda_handler

    return decorate


def _respond(attempts: "list[_Attempt]", make: "Callable[[_Attempt], None]") -> BatchResponse:
    """Make the attempts, and name the messages that stay."""
    _look_back(attempts)
    for attempt in attempts:
        if not attempt.died:
            make(attempt)
    _make_alone(attempts, make)
    if handled := [attempt.accepted for attempt in attempts if attempt.handled]:
        metrics.handled(_delays(handled))
    failed = [attempt.record["messageId"] for attempt in attempts if attempt.stays]
    return {"batchItemFailures": [{"itemIdentifier": each} for each in failed]}


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
        self.died = False
        self.in_trouble = False
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

    def make(self, models: Models, handle: Callable[[Any], object]) -> None:
        """Run the handler, and delay, dead-letter or finish the message."""
        with self._logged():
            try:
                self._run(models, handle)
                self.stays = False
                if self.in_trouble:
                    _failures().end_trouble(self.accepted.key)
            except Deferred as deferred:
                self._defer(deferred)
            except Exception as error:  # noqa: BLE001 - a handler may raise anything
                self._fail(error, handle)

    def leave(self, reason: str) -> None:
        """Leave the message to another invocation."""
        with self._logged():
            self._defer(Deferred(reason, 0))

    def _defer(self, deferred: Deferred) -> None:
        logger.info("deferred", reason=str(deferred), cause=error_code(deferred.__cause__))
        _failures().delay(self.record, deferred.seconds)

    @contextmanager
    def _logged(self) -> Iterator[None]:
        """Add the message's ids to every log line."""
        with logger.append_context_keys(sqs_message_id=self.record["messageId"], **self._ids()):
            yield

    def _ids(self) -> dict[str, Any]:
        """The fields of its log lines; empty for a malformed message."""
        if isinstance(self._accepted, MalformedMessage):
            return {}
        replay = self._accepted.replay
        return ids(self._accepted.key) | ({"replay": replay} if replay else {})

    def _run(self, models: Models, handle: Callable[[Any], object]) -> None:
        with self._time.of_a_run():
            try:
                self.handled = self._run_once(lambda: self._traced(models, handle))
            except NotRecorded as error:
                logger.warning("handled, but not recorded", cause=error_code(error.__cause__))
                self.handled = True
        logger.info("handled" if self.handled else "handled before")

    def _run_once(self, call: Callable[[], object]) -> bool:
        if self._once:
            return _once().run(self.accepted.run_key, call, self._time.context)
        try:
            call()
        except Exception:
            raise
        except BaseException as error:
            raise HandlerExited(type(error).__name__) from error
        return True

    def _traced(self, models: Models, handle: Callable[[Any], object]) -> dict[str, object]:
        """Run the handler; returns what the operator's command shows of the run: its end, the records it saved.

        The lock is taken by now, so that a death while the body is loaded or read leaves a trace too, and a death is
        counted only if a run begins.
        """
        if self.died:
            self.in_trouble = True
            if (deaths := _failures().add_death(self.accepted)) >= MOST_DEATHS:
                raise DeadLetter(f"its handler died without a word, {deaths} times")
        event = validate(model_of(self.accepted, models), _load_body(self.accepted))
        take_saved()
        handle(event)
        return {"handled_at": timestamp(datetime.now(UTC)), "records": take_saved()}

    def _fail(self, error: Exception, handle: Callable[[Any], object]) -> None:
        shown = loggable.fields(error, handle)
        try:
            step = _failures().handle_failure(self.record, self.accepted if self.key else None, error)
        except Exception as settling:  # noqa: BLE001 - the message stays, and the queue's timeout applies
            logger.error("failure not handled", **shown, cause=error_code(settling))
            _count("Failed")
            return
        if isinstance(step, DeadLettered):
            logger.error("dead letter", **shown)
            _count("Failed", "DeadLettered")
            self.stays = False
            return
        logger.warning("failed", **shown, again_in_seconds=step.seconds)
        _count("Failed")


def _count(*names: str) -> None:
    """Count for the alarms of all handlers, or for this handler's own."""
    if _settings().metrics_by_type:
        metrics.count(*names, event_type=_settings().name)
    else:
        metrics.count(*names, service="handlers")


def _look_back(attempts: list[_Attempt]) -> None:
    """Of the messages that were received before, mark those whose process died and those whose event failed."""
    again = [attempt for attempt in attempts if attempt.again and attempt.key]
    if not again:
        return
    try:
        failed = {trouble_id(_settings().name, attempt.accepted.key): attempt for attempt in again}
        died, in_trouble = _once().look_up({attempt.accepted.run_key for attempt in again}, failed)
    except (BotoCoreError, ClientError) as error:
        logger.warning("deaths not looked up", cause=error_code(error))
        return
    for attempt in again:
        attempt.died = attempt.accepted.run_key in died
    for each in in_trouble:
        failed[each].in_trouble = True


def _make_alone(attempts: list[_Attempt], make: Callable[[_Attempt], None]) -> None:
    """Run the first of the messages that killed a process when its neighbours are off the queue; defer the others."""
    died = [attempt for attempt in attempts if attempt.died]
    if not died:
        return
    first, *others = died
    for other in others:
        other.leave("its last run died, so it runs alone")
    _failures().delete([attempt.record for attempt in attempts if not attempt.stays])
    make(first)


def _parse(record: dict[str, Any]) -> AcceptedEvent | MalformedMessage:
    try:
        return event_from_record(record)
    except MalformedMessage as malformed:
        return malformed


def _load_body(accepted: AcceptedEvent) -> AcceptedEvent:
    if not accepted.body_reference:
        return accepted
    try:
        body = _store().load_body(accepted.body_reference)
    except (MissingBody, ClientError) as error:
        if not _has_expired(accepted, error):
            raise
        days = _settings().retention.days
        raise DeadLetter(f"its large body is gone: S3 deletes bodies {days} days after their receipt") from error
    return replace(accepted, body=body)


def _has_expired(accepted: AcceptedEvent, error: Exception) -> bool:
    """Whether a body is gone for good. S3 denies access instead unless it finds that the role may list the bucket."""
    if isinstance(error, MissingBody):
        return True
    age = _seconds_since(accepted.received_at, datetime.now(UTC)) or 0.0
    return error_code(error) == "AccessDenied" and age > _settings().retention.total_seconds()


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
    return S3Store(clients.s3, _settings().bucket, _settings().bucket_owner)


@cache
def _failures() -> Failures:
    return Failures(clients.dynamodb(), clients.sqs(), _settings())
