"""An error of AWS as an operator reads it. Apart from the other errors, because AWS's SDK is slow to import."""

import os

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)

from webhooks_cli.operations.errors import OperationFailed

_EXPIRED = frozenset(
    ("ExpiredToken", "ExpiredTokenException", "RequestExpired", "InvalidClientTokenId", "UnrecognizedClientException")
)
_NOT_SIGNED_IN = (NoCredentialsError, SSOError, TokenRetrievalError, CredentialRetrievalError)
_STEPS: dict[type[BotoCoreError], str] = {
    ProfileNotFound: "`aws configure list-profiles` shows those that there are",
    PartialCredentialsError: "set both AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or neither",
    NoRegionError: "give --region, or set AWS_REGION",
}


def aws_failure(error: ClientError | BotoCoreError, profile: str = "") -> OperationFailed:
    """An error of an AWS call as an operator reads it, with what to do if AWS does not know who calls.

    `profile` is the one that was used, if it is not the shell's.
    """
    if isinstance(error, ClientError):
        cause = error.response["Error"]
        refused = f"AWS refused {error.operation_name}: {cause.get('Code')}: {cause.get('Message')}"
        return OperationFailed(f"{refused}; {_sign_in(profile)}" if cause.get("Code") in _EXPIRED else refused)
    if isinstance(error, _NOT_SIGNED_IN):
        return OperationFailed(f"{_without_period(error)}: {_sign_in(profile)}, or name a profile with --profile")
    for kind, step in _STEPS.items():
        if isinstance(error, kind):
            return OperationFailed(f"{_without_period(error)}: {step}")
    return OperationFailed(f"AWS cannot be reached: {error}")


def _without_period(error: Exception) -> str:
    return str(error).removesuffix(".")


def _sign_in(profile: str) -> str:
    profile = profile or os.environ.get("AWS_PROFILE", "")
    return f"sign in with `aws sso login{f' --profile {profile}' if profile else ''}`, or as your company does"
