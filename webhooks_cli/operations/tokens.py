"""The accepted tokens, as an operator changes them: one secret with one JSON object, label to token."""

import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Self

from botocore.exceptions import ClientError

from webhooks.dates import timestamp
from webhooks.policy import SHORTEST_TOKEN
from webhooks.tokens import is_label, is_token
from webhooks_cli.operations.errors import OperationFailed
from webhooks_cli.operations.log_line import LogLine
from webhooks_cli.operations.logs import LOGGED, field_pattern, search
from webhooks_cli.operations.metrics import Metric
from webhooks_cli.operations.stack import Stack

type Edit = Callable[[Mapping[str, Any]], Mapping[str, Any]]

_LABEL_RULE = "1 to 64 letters, digits, dots, dashes and underscores, the first a letter or digit"
_TOKEN_RULE = f"{SHORTEST_TOKEN} to 512 visible ASCII characters, without a space; no date and no e-mail address"
_CURRENT, _NEXT = "AWSCURRENT", "webhooks-next"
_TRIES = 5
_USE_PERIOD = 300
"""Seconds. CloudWatch has no shorter periods for what is older than 15 days."""


@dataclass(frozen=True, slots=True)
class TokenSecret:
    """The secret. No error contains any of its content."""

    client: Any
    secret_id: str

    @classmethod
    def of(cls, stack: Stack) -> Self:
        """The secret of a stack."""
        return cls(stack.client("secretsmanager"), stack.outputs["TokensSecret"])

    def read(self) -> dict[str, str]:
        """The accepted tokens by label. Raises `OperationFailed` if the secret cannot be read."""
        return accepted(self.entries())

    def entries(self) -> dict[str, Any]:
        """All entries of the secret by label, ignored ones included. Raises `OperationFailed` likewise."""
        return self._read()[0]

    def change(self, edit: Edit) -> None:
        """Replace the tokens by the result of `edit`.

        Optimistic locking: Secrets Manager makes the new version current only if the version that was read still is;
        otherwise everything is done again, so that two changes at once do not undo each other.
        """
        for _ in range(_TRIES):
            tokens, version = self._read()
            if self._replace(version, json.dumps(dict(edit(tokens)))):
                return
        raise OperationFailed("others are changing the tokens: try again")

    def _read(self) -> tuple[dict[str, Any], str]:
        try:
            read = self.client.get_secret_value(SecretId=self.secret_id, VersionStage=_CURRENT)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            raise OperationFailed(
                f"the tokens cannot be read: {code}; check that you may read the secret {self.secret_id}"
            ) from None
        try:
            tokens = json.loads(read["SecretString"])
        except (KeyError, ValueError):  # binary, or not JSON; the parser's error quotes the text
            tokens = None
        if not isinstance(tokens, dict):
            raise OperationFailed(f"the secret {self.secret_id} is not a JSON object, label to token: repair it")
        return tokens, read["VersionId"]

    def _replace(self, version: str, text: str) -> bool:
        # A label of our own keeps the new version from becoming the current one at once.
        written = self.client.put_secret_value(SecretId=self.secret_id, SecretString=text, VersionStages=[_NEXT])
        try:
            self.client.update_secret_version_stage(
                SecretId=self.secret_id,
                VersionStage=_CURRENT,
                RemoveFromVersionId=version,
                MoveToVersionId=written["VersionId"],
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "InvalidParameterException":
                raise
            return False
        return True


def accepted(tokens: Mapping[str, Any]) -> dict[str, str]:
    """Those that the endpoint accepts."""
    return {label: token for label, token in tokens.items() if not why_ignored(label, token)}


def why_ignored(label: str, token: object) -> str:
    """Why the endpoint ignores an entry of the secret, without a word of its value; empty for a token."""
    if not is_label(label):
        return f"its label is not {_LABEL_RULE}"
    if not isinstance(token, str):
        return "it is not a text"
    return "" if is_token(token) else f"it is not a token: {_TOKEN_RULE}"


def added(label: str, token: str) -> Edit:
    """Adds a token. Raises `OperationFailed` if the label, or the token under another label, exists."""

    def edit(tokens: Mapping[str, Any]) -> Mapping[str, Any]:
        if label in tokens:
            raise OperationFailed(f"the token {label} exists already: choose another label, or retire it first")
        if token in tokens.values():
            same = next(name for name, known in tokens.items() if known == token)
            raise OperationFailed(f"this token exists already, as {same}")
        return {**tokens, label: token}

    return edit


def retired(label: str) -> Edit:
    """Removes an entry. Raises `OperationFailed` if there is none with that label, or it is the only token."""

    def edit(tokens: Mapping[str, Any]) -> Mapping[str, Any]:
        if label not in tokens:
            raise OperationFailed(f"there is no token {label}; there are: {', '.join(tokens)}")
        if accepted(tokens).keys() == {label}:
            raise OperationFailed(
                f"{label} is the only token: add another one first, or every delivery will be refused"
            )
        return {name: token for name, token in tokens.items() if name != label}

    return edit


def last_uses(stack: Stack, labels: Sequence[str], since: str) -> dict[str, str]:
    """When deliveries were last authorized by the tokens with these labels, as far as any were since a moment.

    On AWS the metric `TokenUsed` knows it, to five minutes and some minutes late, for any number of events. The
    emulator makes no metrics of logs, so a local stack's log is searched.
    """
    if stack.local_url:
        return {label: found for label in labels if (found := _last_logged(stack, label, since))}
    used = Metric(stack.name, "TokenUsed", "token_label", "Sum", _USE_PERIOD)
    newest = used.newest(stack, labels, datetime.fromisoformat(since))
    return {label: timestamp(at) for label, (at, _) in newest.items()}


def _last_logged(stack: Stack, label: str, since: str) -> str | None:
    found = search(stack, ["ingest"], [LOGGED, field_pattern("token_label", label)], since, limit=1)
    return LogLine.parse(found[0]).at if found else None


def new_token() -> str:
    """A random token of 48 characters that need no quoting."""
    return secrets.token_urlsafe(36)


def fingerprint(token: str) -> str:
    """What may be shown of a token: the first 8 hex digits of its SHA-256."""
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def checked_label(label: str) -> str:
    """The label. Raises `OperationFailed`."""
    if not is_label(label):
        raise OperationFailed(f"this is not a label: use {_LABEL_RULE}")
    return label


def checked_token(token: str) -> str:
    """The token, if the endpoint accepts it. Raises `OperationFailed`, which does not repeat it."""
    if not is_token(token):
        raise OperationFailed(f"the endpoint would ignore this: a token is {_TOKEN_RULE}")
    return token
