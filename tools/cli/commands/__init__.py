"""The commands, a file for each subject: importing this makes them known to the command line."""

from tools.cli.commands import events, logs, new, records, status

__all__ = ["events", "logs", "new", "records", "status"]
