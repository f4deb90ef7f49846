"""Why an operation failed. The command line and the console each show it in their own way."""


class OperationFailed(Exception):
    """The operation cannot continue. The text says why, and what to do next if anything can be done."""


class InvalidInput(OperationFailed):
    """The operator's input cannot be used."""
