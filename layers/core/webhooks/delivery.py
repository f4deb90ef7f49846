"""One HTTP request from DirectScale, as API Gateway passes it on (HTTP API, payload format 2.0)."""

import base64
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from webhooks.errors import MalformedDelivery, TooLarge, UnsupportedCoding
from webhooks.policy import BODY_LIMIT, TRANSIT_LIMIT

_ZLIB_OR_GZIP = zlib.MAX_WBITS | 32
_RAW_DEFLATE = -zlib.MAX_WBITS
_CODINGS = {"gzip": _ZLIB_OR_GZIP, "x-gzip": _ZLIB_OR_GZIP, "deflate": _ZLIB_OR_GZIP}
_REPLACEMENT = "\ufffd"


@dataclass(frozen=True, slots=True)
class Delivery:
    """Headers by lower-case name, the body as it arrived, the last part of the path if any, the request's id."""

    headers: Mapping[str, str]
    body: str
    is_base64: bool
    path_type: str
    request_id: str = ""

    @classmethod
    def from_request(cls, request: Mapping[str, Any]) -> Self:
        """From the event that API Gateway passes to Lambda; absent parts are empty."""
        headers = request.get("headers") or {}
        path = (request.get("pathParameters") or {}).get("eventType") or ""
        return cls(
            headers={name.lower(): value for name, value in headers.items()},
            body=request.get("body") or "",
            is_base64=bool(request.get("isBase64Encoded")),
            path_type=path.strip("/ ").rpartition("/")[2],
            request_id=(request.get("requestContext") or {}).get("requestId") or "",
        )

    def header(self, name: str) -> str:
        """The value of a header, empty if absent, whatever the case of its name."""
        return self.headers.get(name.lower(), "")

    def content(self) -> bytes:
        """The bytes that the sender posted, decompressed.

        Raises `TooLarge`, `UnsupportedCoding`, or `MalformedDelivery` if the bytes are lost or broken.
        """
        content = self._decompressed(self._arrived())
        if len(content) > BODY_LIMIT:
            raise TooLarge(BODY_LIMIT)
        return content

    def _arrived(self) -> bytes:
        if not self.is_base64:
            return self._text()
        try:
            return base64.b64decode(self.body)
        except ValueError as error:
            raise MalformedDelivery("the body is not valid base64") from error

    def _text(self) -> bytes:
        content = self.body.encode("utf-8", "surrogatepass")
        # API Gateway replaces what is not UTF-8, and the text gets longer or shorter than what was sent.
        length = self.header("Content-Length")
        if _REPLACEMENT in self.body and length.isdecimal() and length.lstrip("0") != str(len(content)):
            raise MalformedDelivery("the body is not UTF-8")
        if 2 * len(content) > TRANSIT_LIMIT and _size_in_json(self.body) > TRANSIT_LIMIT:
            raise TooLarge(TRANSIT_LIMIT)
        return content

    def _decompressed(self, content: bytes) -> bytes:
        coding = self.header("Content-Encoding").strip().lower()
        if coding in ("", "identity"):
            return content
        if coding not in _CODINGS:
            raise UnsupportedCoding(coding)
        try:
            return _inflated(content, _CODINGS[coding])
        except zlib.error:
            if coding != "deflate":
                raise MalformedDelivery(f"the body is not valid {coding}") from None
        try:
            return _inflated(content, _RAW_DEFLATE)  # some senders omit the zlib header
        except zlib.error:
            raise MalformedDelivery(f"the body is not valid {coding}") from None


def _size_in_json(text: str) -> int:
    return len(json.dumps(text, ensure_ascii=False).encode("utf-8", "surrogatepass"))


def _inflated(content: bytes, window: int) -> bytes:
    """The decompressed content, at most one byte above the limit. Raises `zlib.error`."""
    inflater = zlib.decompressobj(window)
    inflated = inflater.decompress(content, BODY_LIMIT + 1)
    if len(inflated) <= BODY_LIMIT and (not inflater.eof or inflater.unused_data):
        raise zlib.error("incomplete, or more than one stream")
    return inflated
