"""The commands, a file for each subject: importing this makes them known to the command line."""

from tools.cli.commands import dead_letters, events, logs, new, pause, records, redrive, replay, status

__all__ = ["dead_letters", "events", "logs", "new", "pause", "records", "redrive", "replay", "status"]
