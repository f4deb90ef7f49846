"""Fakes. `tests/contract/` runs the same tests on a fake and on the adapter that it replaces."""

from collections.abc import Mapping

from webhooks.errors import Unavailable


class FakeTokenSource:
    """Tokens by label; counts how often they are read. With None the source cannot be read."""

    def __init__(self, tokens: Mapping[str, object] | None) -> None:
        self.tokens = tokens
        self.reads = 0

    def read(self) -> Mapping[str, object]:
        self.reads += 1
        if self.tokens is None:
            raise Unavailable("the list of accepted tokens")
        return dict(self.tokens)
