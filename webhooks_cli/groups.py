"""Dead letters counted by type and reason: what is wrong, at one look."""

from collections.abc import Iterable
from dataclasses import dataclass

from webhooks_cli.letter_told import reason_of
from webhooks_cli.letters import Letter


@dataclass(slots=True)
class Group:
    """Dead letters of one type with one reason; `oldest` and `newest` as in `Letter.since`."""

    event_type: str
    reason: str
    number: int
    oldest: str
    newest: str


class Groups:
    """Groups that letters are added to; `reveal` tells their reasons in full."""

    def __init__(self, *, reveal: bool) -> None:
        self._reveal = reveal
        self._groups: dict[tuple[str, str], Group] = {}

    def add(self, letters: Iterable[Letter]) -> None:
        """Count letters."""
        for letter in letters:
            reason = reason_of(letter, reveal=self._reveal)
            new = Group(letter.event_type, reason, 0, letter.since, letter.since)
            group = self._groups.setdefault((letter.event_type, reason), new)
            group.number += 1
            group.oldest = min(group.oldest, letter.since)
            group.newest = max(group.newest, letter.since)

    @property
    def largest_first(self) -> list[Group]:
        """The groups, those first that have most letters."""
        return sorted(self._groups.values(), key=lambda group: -group.number)
