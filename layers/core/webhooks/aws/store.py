"""The bucket: large bodies, rejected deliveries, collisions. All are rare, so the client is made when first needed."""

from hashlib import sha256
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from webhooks.errors import Unavailable
from webhooks.large_body import MissingBody

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_s3 import S3Client


class S3Store:
    """Implements `webhooks.receive.Store`. S3 denies every call if the bucket is not of the account `owner`."""

    def __init__(self, client: "Callable[[], S3Client]", bucket: str, owner: str) -> None:
        self._client = client
        self._bucket = bucket
        self._owner = owner

    def store_body(self, body: str) -> str:
        """Store a body under the digest of its content and return that key. Raises `Unavailable`."""
        content = body.encode()
        reference = f"bodies/{sha256(content).hexdigest()}"
        self._put(reference, content)
        return reference

    def load_body(self, reference: str) -> str:
        """The body under a key. Raises `MissingBody`."""
        try:
            found = self._client().get_object(Bucket=self._bucket, Key=reference, ExpectedBucketOwner=self._owner)
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchKey":
                raise MissingBody(reference) from error
            raise
        return found["Body"].read().decode()

    def store_rejected(self, name: str, content: str) -> None:
        """Store a document. Raises `Unavailable`."""
        self._put(f"rejected/{name}.json", content.encode())

    def store_collision(self, name: str, content: str) -> None:
        """Store a document; a resend replaces it by the same. Raises `Unavailable`."""
        self._put(f"collisions/{name.replace(':', '-')}.json", content.encode())

    def _put(self, key: str, content: bytes) -> None:
        try:
            self._client().put_object(
                Bucket=self._bucket,
                Key=key,
                Body=content,
                ContentType="application/json",
                ExpectedBucketOwner=self._owner,
            )
        except (BotoCoreError, ClientError) as error:
            raise Unavailable("the store of large and rejected bodies") from error
