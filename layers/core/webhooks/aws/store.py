"""The bucket: large bodies, rejected deliveries, collisions. All are rare, so the client is made when first needed."""

from hashlib import sha256
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from webhooks.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_s3 import S3Client


class S3Store:
    """Implements `webhooks.receive.Store`."""

    def __init__(self, client: "Callable[[], S3Client]", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def store_body(self, body: str) -> str:
        """Store a body under the digest of its content and return that key. Raises `Unavailable`."""
        content = body.encode()
        reference = f"bodies/{sha256(content).hexdigest()}"
        self._put(reference, content)
        return reference

    def load_body(self, reference: str) -> str:
        """The body under a key."""
        return self._client().get_object(Bucket=self._bucket, Key=reference)["Body"].read().decode()

    def store_rejected(self, name: str, content: str) -> None:
        """Store a document. Raises `Unavailable`."""
        self._put(f"rejected/{name}.json", content.encode())

    def store_collision(self, name: str, content: str) -> None:
        """Store a document; a resend replaces it by the same. Raises `Unavailable`."""
        self._put(f"collisions/{name.replace(':', '-')}.json", content.encode())

    def _put(self, key: str, content: bytes) -> None:
        try:
            self._client().put_object(Bucket=self._bucket, Key=key, Body=content, ContentType="application/json")
        except (BotoCoreError, ClientError) as error:
            raise Unavailable("the store of large and rejected bodies") from error
