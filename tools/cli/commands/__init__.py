"""The commands, a file for each subject: importing this makes them known to the command line."""

import tools.cli.commands.send
import tools.cli.commands.subscriptions
import tools.cli.commands.tokens  # noqa: F401 - see above
