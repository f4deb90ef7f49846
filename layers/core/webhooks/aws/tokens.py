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
    """Tokens kept in one secret."""

    def __init__(self, client: "SecretsManagerClient", secret_id: str) -> None:
        self._client = client
        self._secret_id = secret_id

    def read(self) -> Mapping[str, str]:
        """Every token by its label. Raises `Unavailable` if the secret cannot be read or is no such object."""
        try:
            text = self._client.get_secret_value(SecretId=self._secret_id)["SecretString"]
            return {label: token for label, token in json.loads(text).items() if isinstance(token, str)}
        except (BotoCoreError, ClientError, KeyError, ValueError, AttributeError):
            # Not "from error": an error of the parser quotes the text that it read.
            raise Unavailable(SOURCE) from None
