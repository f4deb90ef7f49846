"""Why an operation failed. The command line and the console each show it in their own way."""

from botocore.exceptions import BotoCoreError, ClientError


class OperationFailed(Exception):
    """The operation cannot continue. The text says why, and what to do next if anything can be done."""


class InvalidInput(OperationFailed):
    """The operator's input cannot be used."""


def aws_failure(error: ClientError | BotoCoreError) -> OperationFailed:
    """An error of an AWS call as an operator reads it."""
    if isinstance(error, ClientError):
        cause = error.response["Error"]
        return OperationFailed(f"AWS refused {error.operation_name}: {cause.get('Code')}: {cause.get('Message')}")
    return OperationFailed(f"AWS cannot be reached: {error}")
