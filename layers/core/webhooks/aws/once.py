"""`once`: a handler that has run for an event does not run for it again."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from aws_lambda_powertools.utilities.idempotency.exceptions import IdempotencyAlreadyInProgressError

from webhooks.retries import Deferred

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class Once:
    """Powertools Idempotency on a table of finished runs; `name` keeps the runs of different handlers apart.

    A lock excludes other runs while one is in progress, but expires with the function's timeout: a handler that
    is killed runs again.
    """

    def __init__(self, client: "DynamoDBClient", table: str, retention: timedelta, name: str) -> None:
        self._config = IdempotencyConfig(
            expires_after_seconds=int(retention.total_seconds()),
            hash_function="sha256",
        )
        store = DynamoDBPersistenceLayer(table_name=table, boto3_client=client)

        def run(*, key: str, call: Callable[[], object]) -> object:  # noqa: ARG001 - the key identifies the run
            return call()

        self._run = idempotent_function(
            run, data_keyword_argument="key", persistence_store=store, config=self._config, key_prefix=name
        )

    def run(self, key: str, call: Callable[[], object], context: Any) -> bool:
        """Run `call` unless it already succeeded for `key`; returns whether it ran.

        What `call` returns (JSON) is stored with the run. Raises what `call` raises, or `Deferred`.
        """
        self._config.register_lambda_context(context)
        ran = False

        def mark() -> object:
            nonlocal ran
            result = call()
            ran = True
            return result

        try:
            self._run(key=key, call=mark)
        except IdempotencyAlreadyInProgressError:
            seconds = context.get_remaining_time_in_millis() // 1000 + 1
            raise Deferred("another run of this event is in progress", seconds) from None
        return ran
