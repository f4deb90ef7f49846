"""Rejected deliveries: authorized, but no event could be read from them. An operator may repair and resend them."""

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import Any, Self
from urllib.parse import quote, urlsplit

from webhooks_cli.operations.documents import Documents
from webhooks_cli.operations.endpoint import Answer, Endpoint, NoAnswer, Request
from webhooks_cli.operations.errors import OperationFailed
from webhooks_cli.operations.masking import MASK, masked_body
from webhooks_cli.operations.stack import Stack
from webhooks_cli.operations.times import now

_PREFIX = "rejected"
_OK = 200

_SHOWN_HEADERS = frozenset(
    ("content-type", "content-length", "content-encoding", "x-directscale-message-id", "x-directscale-client-id")
)
"""Headers that are shown without `--reveal`."""

_OF_THE_WAY = frozenset(
    ("host", "content-length", "connection", "via", "transfer-encoding", "accept-encoding", "forwarded", "te")
)
_OF_THE_WAY_BEGIN = ("x-forwarded-", "x-amzn-", "x-amz-", "cloudfront-")
"""Headers that the way of a request adds, and that its sender did not."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A stored delivery: its document's name, day and id, and the document."""

    name: str
    content: Mapping[str, Any]

    @property
    def received_at(self) -> str:
        """When it was received."""
        return str(self.content.get("receivedAt", ""))

    @property
    def headers(self) -> dict[str, str]:
        """Its headers by lower-case name, without the token."""
        return dict(self.content.get("headers") or {})

    def summary(self) -> dict[str, Any]:
        """Its row in a list. The reason is the product's own and quotes nothing."""
        return {
            "received_at": self.received_at,
            "reason": self.content.get("reason", ""),
            "position": self.content.get("position"),
            "event_type": self.content.get("pathEventType", ""),
            "client_id": self.headers.get("x-directscale-client-id", ""),
            "message_id": self.headers.get("x-directscale-message-id", ""),
            "rejected": self.name,
        }

    def details(self, *, reveal: bool) -> dict[str, Any]:
        """Everything that may be shown of it. Without `reveal`, personal data is masked."""
        shown = {name: value if reveal or name in _SHOWN_HEADERS else MASK for name, value in self.headers.items()}
        body = str(self.content.get("body", ""))
        return self.summary() | {
            "headers": shown,
            "base64": bool(self.content.get("isBase64Encoded")),
            "body": body if reveal else masked_body(body, self.summary()["event_type"], reveal=False),
        }

    def request(self, url: str, token: str, body: bytes | None, event_type: str) -> Request:
        """The delivery again, with another token, perhaps with a repaired body, and to the URL of a type."""
        headers = {
            name: value
            for name, value in self.headers.items()
            if name not in _OF_THE_WAY and not name.startswith(_OF_THE_WAY_BEGIN)
        }
        if body is not None:
            headers.pop("content-encoding", None)
        path = urlsplit(url).path.rstrip("/")
        event_type = event_type or str(self.content.get("pathEventType") or "")
        path = f"{path}/{quote(event_type, safe='')}" if event_type else path or "/"
        return Request(headers, self._bytes() if body is None else body, path).with_token(token)

    def _bytes(self) -> bytes:
        text = str(self.content.get("body", ""))
        if not self.content.get("isBase64Encoded"):
            return text.encode("utf-8", "surrogatepass")
        try:
            return base64.b64decode(text)
        except ValueError:
            raise OperationFailed("its body is not valid base64: give a repaired one with --body") from None

    @classmethod
    def find(cls, stack: Stack, name: str) -> Self:
        """By its name. Raises `OperationFailed` if there is none."""
        try:
            return cls(name, Documents.of(stack, _PREFIX).read(name))
        except KeyError:
            raise OperationFailed(
                f"there is no rejected delivery {name}: `webhooks rejected list` shows them"
            ) from None


def newest(stack: Stack, since: str, limit: int) -> tuple[list[Rejected], bool]:
    """Those since a moment, the newest first, at most `limit`, and whether there are more."""
    found = list(islice(_since(stack, since), limit + 1))
    return found[:limit], len(found) > limit


def resend(stack: Stack, rejected: Rejected, token: str, body: bytes | None, event_type: str) -> Answer:
    """Post it again; its document is deleted if the answer is 200. Raises `OperationFailed` for any other answer."""
    with Endpoint(stack.url) as endpoint:
        try:
            answer = endpoint.post(rejected.request(stack.url, token, body, event_type))
        except NoAnswer as why:
            raise OperationFailed(f"no answer: {why}; nothing is deleted") from None
    if answer.status != _OK:
        reason = answer.body.get("reason") or answer.body.get("message") or ""
        raise OperationFailed(
            f"answered {answer.status} {answer.outcome}{f': {reason}' if reason else ''}; nothing is deleted"
        )
    Documents.of(stack, _PREFIX).delete(rejected.name)
    return answer


def _since(stack: Stack, since: str) -> Iterator[Rejected]:
    documents, first = Documents.of(stack, _PREFIX), max(since[:10], "2020-01-01")
    day = date.fromisoformat(now()[:10]) + timedelta(days=1)  # the clock of the function may be ahead
    while f"{day}" >= first:
        names = [stored.name for stored in documents.newest(f"{day}/")]
        for name, content in documents.read_all(names):
            rejected = Rejected(name, content)
            if rejected.received_at >= since:
                yield rejected
        day -= timedelta(days=1)
