"""The bucket of what does not fit elsewhere: large bodies, and rejected deliveries.

Both are rare, so the client is only made when there is one.
"""

from hashlib import sha256
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from webhooks.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_s3 import S3Client

_BODIES = "bodies"
_REJECTED = "rejected"


class S3Bodies:
    """Large bodies, each under the digest of its content: stored again it is the same object."""

    def __init__(self, client: "Callable[[], S3Client]", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def keep(self, body: str) -> str:
        """Store a body and return its key. Raises `Unavailable`."""
        content = body.encode()
        reference = f"{_BODIES}/{sha256(content).hexdigest()}"
        _put(self._client(), self._bucket, reference, content)
        return reference

    def fetch(self, reference: str) -> str:
        """The body under a key."""
        return self._client().get_object(Bucket=self._bucket, Key=reference)["Body"].read().decode()


class S3Rejected:
    """Rejected deliveries, by day."""

    def __init__(self, client: "Callable[[], S3Client]", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def keep(self, name: str, content: str) -> None:
        """Store a document. Raises `Unavailable`."""
        _put(self._client(), self._bucket, f"{_REJECTED}/{name}.json", content.encode())


def _put(client: "S3Client", bucket: str, key: str, content: bytes) -> None:
    try:
        client.put_object(Bucket=bucket, Key=key, Body=content, ContentType="application/json")
    except (BotoCoreError, ClientError) as error:
        raise Unavailable("the store of large and rejected bodies") from error
