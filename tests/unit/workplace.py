"""The old names of `tests.unit.handler_env`, until tests/cli uses the new ones."""

from tests.unit.handler_env import HandlerEnv as Workplace
from tests.unit.handler_env import setup as furnish

__all__ = ["Workplace", "furnish"]
