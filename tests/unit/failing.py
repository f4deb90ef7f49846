"""The old place of `raises`, until tests/cli uses `tests.unit.handler_env`."""

from tests.unit.handler_env import raises

__all__ = ["raises"]
