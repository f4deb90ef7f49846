"""The accepted tokens in Secrets Manager: one JSON object, label to token."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from webhooks.errors import Unavailable
from webhooks.tokens import SOURCE

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient


class SecretTokens:
    """Implements `webhooks.tokens.TokenSource` on one secret."""

    def __init__(self, client: "SecretsManagerClient", secret_id: str) -> None:
        self._client = client
        self._secret_id = secret_id

    def read(self) -> Mapping[str, object]:
        """The entries by label. Raises `Unavailable` if the secret cannot be read or is not such an object."""
        try:
            text = self._client.get_secret_value(SecretId=self._secret_id)["SecretString"]
            return dict(json.loads(text).items())
        except (BotoCoreError, ClientError, KeyError, ValueError, AttributeError):
            # Not "from error": a parser's error quotes the text.
            raise Unavailable(SOURCE) from None
