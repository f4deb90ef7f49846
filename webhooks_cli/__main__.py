"""Runs `webhooks`."""

import sys

from webhooks_cli.app import app
from webhooks_cli.operations.errors import OperationFailed
from webhooks_cli.output import printable


def main() -> None:
    """Run a command; a failure is one line on stderr. Exits with 0, 1 (failed), 2 (wrong usage) or 130 (Ctrl-C)."""
    try:
        app(prog_name="webhooks")
    except OperationFailed as failure:
        sys.exit(f"webhooks: {printable(str(failure))}")


if __name__ == "__main__":
    main()
