"""Why one of the developer's tools failed."""

from webhooks_cli.operations.errors import OperationFailed


class ToolFailed(OperationFailed):
    """The tool cannot continue. The text says why, and what to do next if anything can be done."""
