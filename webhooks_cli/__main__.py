"""Runs `webhooks`."""

import sys

from botocore.exceptions import BotoCoreError, ClientError

from webhooks_cli import commands  # noqa: F401 - makes the commands known
from webhooks_cli.app import app
from webhooks_cli.errors import ToolFailed


def main() -> None:
    """Run a command; what goes wrong is one line on stderr. Exits with 0, 1 (failed), 2 (wrong use) or 130 (Ctrl-C)."""
    try:
        app(prog_name="webhooks")
    except ToolFailed as failure:
        sys.exit(f"webhooks: {failure}")
    except ClientError as error:
        told = error.response["Error"]
        sys.exit(f"webhooks: AWS refused {error.operation_name}: {told.get('Code')}: {told.get('Message')}")
    except BotoCoreError as error:
        sys.exit(f"webhooks: AWS cannot be reached: {error}")


if __name__ == "__main__":
    main()
