"""A writer of JSON in all its forms: the counterpart of the reader."""

import json
from random import Random

from tests.fuzz.reader import Number, Pairs


class Writer:
    """Writes values with random white space, escapes and trailing commas."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._plain = rng.random() < 0.3

    def text(self, value: object) -> str:
        """A value as JSON with trailing commas."""
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
        trailing = f"{self._space()}," if items and self._rng.random() < 0.3 else ""
        return f"{self._space()}{opening}{self._space()}{spaced}{trailing}{self._space()}{closing}{self._space()}"

    def _string(self, value: str) -> str:
        return f'"{"".join(map(self._character, value))}"'

    def _character(self, character: str) -> str:
        if character < " " or character in '"\\' or "\ud800" <= character <= "\udfff" or self._rng.random() < 0.1:
            return json.dumps(character)[1:-1]
        return character

    def _space(self) -> str:
        return "" if self._plain else self._rng.choice(["", "", "", " ", "\r\n", "\t "])
