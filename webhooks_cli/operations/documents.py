"""The JSON documents that ingest stores in the bucket for an operator: rejected deliveries and collisions."""

import json
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC
from itertools import batched
from typing import Any, Self

from botocore.exceptions import ClientError

from webhooks.dates import timestamp
from webhooks_cli.operations.errors import OperationFailed
from webhooks_cli.operations.stack import Stack

_AT_ONCE = 10
_SUFFIX = ".json"


@dataclass(frozen=True, slots=True)
class Stored:
    """The name of a document, and when it was stored."""

    name: str
    at: str


@dataclass(frozen=True, slots=True)
class Documents:
    """Documents below a prefix of the bucket, by what is left of their keys without prefix and suffix."""

    client: Any
    bucket: Mapping[str, str]
    prefix: str

    @classmethod
    def of(cls, stack: Stack, prefix: str) -> Self:
        """Those of a stack."""
        return cls(stack.client("s3"), stack.bucket, prefix)

    def newest(self, begins: str = "") -> list[Stored]:
        """Those whose names begin so, the newest first."""
        pages = self.client.get_paginator("list_objects_v2").paginate(**self.bucket, Prefix=f"{self.prefix}/{begins}")
        found = [
            Stored(
                each["Key"].removeprefix(f"{self.prefix}/").removesuffix(_SUFFIX),
                timestamp(each["LastModified"].astimezone(UTC)),
            )
            for page in pages
            for each in page.get("Contents", [])
        ]
        return sorted(found, key=lambda stored: (stored.at, stored.name), reverse=True)

    def read(self, name: str) -> dict[str, Any]:
        """One of them. Raises `KeyError` if there is none, and `OperationFailed` if it is not a JSON object."""
        try:
            answer = self.client.get_object(**self.bucket, Key=self._key(name))
        except ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
                raise KeyError(name) from None
            raise
        try:
            content = json.loads(answer["Body"].read())
        except ValueError:
            content = None
        if not isinstance(content, dict):
            raise OperationFailed(f"s3://{self.bucket['Bucket']}/{self._key(name)} is not a JSON object")
        return content

    def read_all(self, names: Iterable[str]) -> Iterator[tuple[str, dict[str, Any]]]:
        """Several, in order; those that somebody deletes meanwhile are left out."""

        def read(name: str) -> tuple[str, dict[str, Any] | None]:
            try:
                return name, self.read(name)
            except KeyError:
                return name, None

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for some in batched(names, _AT_ONCE, strict=False):
                for name, content in pool.map(read, some):
                    if content is not None:
                        yield name, content

    def delete(self, name: str) -> None:
        """Delete one."""
        self.client.delete_object(**self.bucket, Key=self._key(name))

    def _key(self, name: str) -> str:
        return f"{self.prefix}/{name}{_SUFFIX}"
