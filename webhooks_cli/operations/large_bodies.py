"""Bodies in the bucket, apart from their events. S3 deletes them by age, perhaps before their events expire."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from botocore.exceptions import ClientError

from webhooks.aws.store import S3Store
from webhooks.event import AcceptedEvent
from webhooks.large_body import MissingBody
from webhooks_cli.operations.stack import Stack

_MISSING = ("NoSuchKey", "NotFound", "404")


@dataclass(frozen=True, slots=True)
class LargeBodies:
    """The large bodies of a stack's events."""

    client: Any
    bucket: Mapping[str, str]

    @classmethod
    def of(cls, stack: Stack) -> Self:
        """Those of a stack."""
        return cls(stack.client("s3"), stack.bucket)

    def load(self, event: AcceptedEvent) -> str | None:
        """The body of an event, wherever it is; None if it has expired."""
        if not event.body_reference:
            return event.body
        try:
            return self._store().load_body(event.body_reference)
        except MissingBody:
            return None

    def has_expired(self, event: AcceptedEvent) -> bool:
        """Whether the body of an event has expired."""
        if not event.body_reference:
            return False
        try:
            self.client.head_object(**self.bucket, Key=event.body_reference)
        except ClientError as error:
            if error.response["Error"]["Code"] not in _MISSING:
                raise
            return True
        return False

    def store(self, body: str) -> str:
        """Store a body anew, so that it expires later; returns its reference."""
        return self._store().store_body(body)

    def _store(self) -> S3Store:
        return S3Store(lambda: self.client, self.bucket["Bucket"], self.bucket["ExpectedBucketOwner"])
