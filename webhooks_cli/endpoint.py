"""An endpoint of webhooks as its sender sees it: deliveries go in, answers come out."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any, Self
from urllib.parse import urlsplit

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

_TIMEOUT = 60.0
"""Seconds for which the vendor waits."""


@dataclass(frozen=True, slots=True)
class Request:
    """A POST of a delivery: its headers as they are sent, its body to the byte."""

    headers: Mapping[str, str]
    body: bytes
    path: str = "/webhooks"

    def with_token(self, token: str) -> Self:
        """The same delivery with another bearer token."""
        return replace(self, headers={**self.headers, "Authorization": f"Bearer {token}"})


@dataclass(frozen=True, slots=True)
class Answer:
    """What an endpoint said. `headers` by lower-case name; `body` is empty where it was no JSON object."""

    status: int
    headers: Mapping[str, str]
    body: Mapping[str, Any]

    @property
    def outcome(self) -> str:
        """The answer in a word or two, as `accepted`."""
        if isinstance(told := self.body.get("status"), str):
            return told
        return HTTPStatus(self.status).phrase.lower() if self.status in HTTPStatus else ""


class NoAnswer(Exception):
    """The endpoint was not reached, or did not answer in time; the text says why."""


class Endpoint:
    """The server behind a URL, which may be asked from several threads; connections stay open until the block's end.

    HTTPS with the certificate checked where the URL says so.
    """

    def __init__(self, url: str, at_once: int = 1) -> None:
        where = urlsplit(url)
        kind = HTTPSConnectionPool if where.scheme == "https" else HTTPConnectionPool
        self._pool = kind(where.hostname or "", where.port, maxsize=at_once, timeout=_TIMEOUT)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.close()

    def post(self, request: Request) -> Answer:
        """Deliver once. Raises `NoAnswer`."""
        try:
            answer = self._pool.urlopen("POST", request.path, request.body, request.headers, retries=False)
        except HTTPError as error:
            raise NoAnswer(str(error)) from error
        told = {name.lower(): value for name, value in answer.headers.items()}
        return Answer(answer.status, told, _object(answer.data))


def _object(content: bytes) -> Mapping[str, Any]:
    try:
        value = json.loads(content)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
