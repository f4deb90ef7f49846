"""The commands, a file for each subject: importing this makes them known to the command line."""

from tools.cli.commands import new

__all__ = ["new"]
