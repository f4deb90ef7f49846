"""The accepted tokens, as an operator changes them: one secret, one JSON object, label to token."""

import json
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Self

from botocore.exceptions import ClientError

from webhooks_cli.errors import ToolFailed
from webhooks_cli.stack import Stack

type Edit = Callable[[Mapping[str, Any]], Mapping[str, Any]]

_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_TOKEN = re.compile(r"[!-~]{1,512}")
_CURRENT, _NEXT = "AWSCURRENT", "webhooks-next"
_TRIES = 5


@dataclass(frozen=True, slots=True)
class TokenSecret:
    """The secret. No error tells what is in it."""

    client: Any
    secret_id: str

    @classmethod
    def of(cls, stack: Stack) -> Self:
        """That of a stack."""
        return cls(stack.client("secretsmanager"), stack.outputs["TokensSecret"])

    def read(self) -> dict[str, str]:
        """The tokens that are accepted, by label. Raises `ToolFailed` if the secret cannot be read."""
        return usable(self._read()[0])

    def change(self, edit: Edit) -> None:
        """Replace the tokens by what `edit` makes of them.

        Two at once do not undo each other's change: the new version becomes the current one only in place of the very
        version that was read, which Secrets Manager checks, and else all is done again on what is there then.
        """
        for _ in range(_TRIES):
            tokens, version = self._read()
            if self._replace(version, json.dumps(dict(edit(tokens)))):
                return
        raise ToolFailed("the tokens are being changed by others: try again")

    def _read(self) -> tuple[dict[str, Any], str]:
        try:
            read = self.client.get_secret_value(SecretId=self.secret_id, VersionStage=_CURRENT)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            raise ToolFailed(
                f"the tokens cannot be read: {code}; check that you may read the secret {self.secret_id}"
            ) from None
        try:
            tokens = json.loads(read["SecretString"])
        except (KeyError, ValueError):  # binary, or no JSON; its error quotes what it read
            tokens = None
        if not isinstance(tokens, dict):
            raise ToolFailed(f"the secret {self.secret_id} is no JSON object, label to token: repair it")
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


def usable(tokens: Mapping[str, Any]) -> dict[str, str]:
    """Those that the endpoint accepts: an empty one, or what is no text, is none."""
    return {label: token for label, token in tokens.items() if token and isinstance(token, str)}


def added(label: str, token: str) -> Edit:
    """Adds a token. Raises `ToolFailed` if the label, or the token under another label, is there already."""

    def edit(tokens: Mapping[str, Any]) -> Mapping[str, Any]:
        if label in tokens:
            raise ToolFailed(f"there is a token {label} already: choose another label, or retire it first")
        if token in tokens.values():
            same = next(name for name, known in tokens.items() if known == token)
            raise ToolFailed(f"this very token is there already, as {same}")
        return {**tokens, label: token}

    return edit


def retired(label: str) -> Edit:
    """Takes a token away. Raises `ToolFailed` if there is none of that label, or no other."""

    def edit(tokens: Mapping[str, Any]) -> Mapping[str, Any]:
        if label not in tokens:
            raise ToolFailed(f"there is no token {label}; there are: {', '.join(tokens)}")
        if not usable(tokens).keys() - {label}:
            raise ToolFailed(f"{label} is the only token: add another first, or every delivery is refused")
        return {name: token for name, token in tokens.items() if name != label}

    return edit


def new_token() -> str:
    """A token that nobody can guess, of 48 characters that need no quoting."""
    return secrets.token_urlsafe(36)


def fingerprint(token: str) -> str:
    """What may be shown of a token: the first 8 hex digits of its SHA-256."""
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def checked_label(label: str) -> str:
    """The label. Raises `ToolFailed`."""
    if not _LABEL.fullmatch(label):
        raise ToolFailed(f"{label!r} is no label: take 1 to 64 letters, digits, dots, dashes and underscores")
    return label


def checked_token(token: str) -> str:
    """A token that can stand in a header. Raises `ToolFailed`, which does not repeat it."""
    if not _TOKEN.fullmatch(token):
        raise ToolFailed("this is no token: it takes 1 to 512 visible ASCII characters, and no space")
    return token
