"""What a person reads when one of these commands fails."""


class ToolFailed(Exception):
    """The command cannot go on; the text says why, and the next step where there is one."""
