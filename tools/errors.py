"""The error of the developer's tools."""

from webhooks_cli.operations.errors import OperationFailed


class ToolFailed(OperationFailed):
    """The tool cannot continue. The text has the reason, and what to do next."""
