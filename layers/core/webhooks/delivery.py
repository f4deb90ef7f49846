"""One HTTP request from DirectScale, as API Gateway passes it on (HTTP API, payload format 2.0)."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from webhooks.errors import MalformedDelivery, TooLarge
from webhooks.policy import BODY_LIMIT


@dataclass(frozen=True, slots=True)
class Delivery:
    """Headers by lower-case name, the body as it arrived, the path's `{eventType}` if any, the request's id."""

    headers: Mapping[str, str]
    body: str
    is_base64: bool
    path_type: str
    request_id: str = ""

    @classmethod
    def from_request(cls, request: Mapping[str, Any]) -> Self:
        """From the event that API Gateway passes to Lambda; absent parts are empty."""
        headers = request.get("headers") or {}
        return cls(
            headers={name.lower(): value for name, value in headers.items()},
            body=request.get("body") or "",
            is_base64=bool(request.get("isBase64Encoded")),
            path_type=(request.get("pathParameters") or {}).get("eventType") or "",
            request_id=(request.get("requestContext") or {}).get("requestId") or "",
        )

    def header(self, name: str) -> str:
        """The value of a header, empty if absent, whatever the case of its name."""
        return self.headers.get(name.lower(), "")

    def content(self) -> bytes:
        """The bytes that the sender posted.

        Raises `TooLarge` above the limit and `MalformedDelivery` for invalid base64.
        """
        try:
            content = base64.b64decode(self.body) if self.is_base64 else self.body.encode()
        except ValueError as error:
            raise MalformedDelivery("the body is not properly encoded") from error
        if len(content) > BODY_LIMIT:
            raise TooLarge(BODY_LIMIT)
        return content
