"""`once`: a handler that has run for an event does not run for it again."""

import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from aws_lambda_powertools.utilities.idempotency.exceptions import (
    IdempotencyAlreadyInProgressError,
    IdempotencyInconsistentStateError,
    IdempotencyPersistenceLayerError,
)
from botocore.exceptions import BotoCoreError, ClientError

from webhooks.aws.once_table import run_id
from webhooks.policy import BOOKKEEPING_DELAY, BOOKKEEPING_MARGIN
from webhooks.retries import Deferred

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_PAUSES = (0.0, 0.1, 0.5, 2.0)
"""Seconds before each further attempt to record a finished run; the SDK makes each twice."""

_MOST_KEYS = 100
"""DynamoDB looks up no more at once."""


class NotRecorded(Exception):
    """The handler succeeded, but that could not be recorded. `__cause__` says why."""


class HandlerExited(Exception):
    """The handler raised what is not an `Exception`, such as `asyncio.CancelledError` or `SystemExit`."""


class Once:
    """Powertools Idempotency on a table of finished runs; `name` keeps the runs of different handlers apart.

    A lock excludes other runs while one is in progress, but expires with the function's timeout: a handler that
    is killed runs again.
    """

    def __init__(self, client: "DynamoDBClient", table: str, retention: timedelta, name: str) -> None:
        self._client = client
        self._table = table
        self._name = name
        self._config = IdempotencyConfig(
            expires_after_seconds=int(retention.total_seconds()),
            hash_function="sha256",
        )
        self._store = DynamoDBPersistenceLayer(table_name=table, boto3_client=client)

        def run(*, key: str, call: Callable[[], object]) -> object:  # noqa: ARG001 - the key identifies the run
            return call()

        self._run = idempotent_function(
            run, data_keyword_argument="key", persistence_store=self._store, config=self._config, key_prefix=name
        )

    def run(self, key: str, call: Callable[[], object], context: Any) -> bool:
        """Run `call` unless it already succeeded for `key`; returns whether it ran.

        What `call` returns (JSON) is stored with the run. Raises what `call` raises, `Deferred` if the run may not
        begin now, or `NotRecorded`: then it must not run again either.
        """
        self._config.register_lambda_context(context)
        attempt = _Attempt(call)
        try:
            self._run(key=key, call=attempt)
        except (IdempotencyAlreadyInProgressError, IdempotencyInconsistentStateError) as error:
            if attempt.error is error:  # the handler's own, of a function that it protects likewise
                raise
            seconds = context.get_remaining_time_in_millis() // 1000 + 1
            raise Deferred("another run of this event is in progress", seconds) from None
        except IdempotencyPersistenceLayerError as error:
            if attempt.error:  # the lock could not be released and expires by itself
                raise attempt.error from error
            if not attempt.succeeded:
                raise Deferred("the table of runs cannot be reached", BOOKKEEPING_DELAY) from error
            self._record(key, attempt.result, context, error)
        return attempt.succeeded

    def look_up(self, keys: Iterable[str], others: Iterable[str] = ()) -> tuple[set[str], set[str]]:
        """Those of the keys whose last run died, its lock having expired; and those of other ids that are in trouble.

        What is not found now, since DynamoDB did not return its item, is found at the next receive.
        """
        ids = {f"{self._name}#{run_id(key)}": key for key in keys}
        wanted = [{"id": {"S": each}} for each in islice((*ids, *others), _MOST_KEYS)]
        answer = self._client.batch_get_item(RequestItems={self._table: {"Keys": wanted, "ConsistentRead": True}})
        items: list[dict[str, Any]] = list(answer["Responses"].get(self._table, []))
        now = time.time() * 1000
        died = {
            ids[item["id"]["S"]]
            for item in items
            if item.get("status") == {"S": "INPROGRESS"} and int(item["in_progress_expiration"]["N"]) < now
        }
        return died, {item["id"]["S"] for item in items if "trouble" in item}

    def _record(self, key: str, result: object, context: Any, error: Exception) -> None:
        """Record a finished run again and again while there is time. Raises `NotRecorded` from the last error."""
        for pause in _PAUSES:
            if context.get_remaining_time_in_millis() / 1000 < pause + BOOKKEEPING_MARGIN:
                break
            time.sleep(pause)
            try:
                self._store.save_success(data=key, result=result)  # type: ignore[arg-type]
            except (BotoCoreError, ClientError) as again:
                error = again
            else:
                return
        raise NotRecorded from error


class _Attempt:
    """One call, and how it ended."""

    def __init__(self, call: Callable[[], object]) -> None:
        self._call = call
        self.succeeded = False
        self.result: object = None
        self.error: Exception | None = None

    def __call__(self) -> object:
        try:
            self.result = self._call()
        except Exception as error:
            self.error = error
            raise
        except BaseException as error:
            # Powertools, and whoever else cleans up after an error, looks for an Exception.
            self.error = HandlerExited(type(error).__name__)
            raise self.error from error
        self.succeeded = True
        return self.result
