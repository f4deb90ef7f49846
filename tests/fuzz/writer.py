"""JSON as it may be written: the counterpart of the reader."""

import json
from random import Random

from tests.fuzz.reader import Number, Pairs


class Writer:
    """Writes values with white space, escapes and trailing commas wherever they may stand."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._plain = random.random() < 0.3

    def text(self, value: object) -> str:
        """A value as JSON, but for the trailing commas."""
        match value:
            case Pairs():
                return self._container(
                    "{",
                    "}",
                    [f"{self._string(name)}{self._space()}:{self._space()}{self.text(inner)}" for name, inner in value],
                )
            case list():
                return self._container("[", "]", [self.text(inner) for inner in value])
            case str():
                return self._string(value)
            case Number():
                return value.text
            case _:
                return json.dumps(value)

    def _container(self, opening: str, closing: str, items: list[str]) -> str:
        spaced = f"{self._space()},{self._space()}".join(items)
        trailing = f"{self._space()}," if items and self._random.random() < 0.3 else ""
        return f"{self._space()}{opening}{self._space()}{spaced}{trailing}{self._space()}{closing}{self._space()}"

    def _string(self, value: str) -> str:
        return f'"{"".join(map(self._sign, value))}"'

    def _sign(self, sign: str) -> str:
        if sign < " " or sign in '"\\' or "\ud800" <= sign <= "\udfff" or self._random.random() < 0.1:
            return json.dumps(sign)[1:-1]
        return sign

    def _space(self) -> str:
        return "" if self._plain else self._random.choice(["", "", "", " ", "\r\n", "\t "])
