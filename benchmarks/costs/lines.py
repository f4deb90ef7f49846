"""A bill and its lines."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Self

from benchmarks.costs.calls import Call
from benchmarks.costs.prices import Price


@dataclass(frozen=True, slots=True)
class Line:
    """So much of what has a price; `how` tells where the quantity comes from."""

    where: str
    quantity: float
    price: Price
    how: str

    @property
    def dollars(self) -> float:
        """What it costs."""
        return self.quantity * self.price.each


@dataclass(frozen=True, slots=True)
class Bill:
    """A month's: what is due without any event, and for each event."""

    fixed: tuple[Line, ...]
    per_event: tuple[Line, ...]

    def total(self, events: int) -> float:
        """Dollars for so many events a month."""
        return total(self.fixed) + events * total(self.per_event)

    def free(self, events: int) -> float:
        """Dollars that the lasting free tier takes off, for an account that has nothing else."""
        used: dict[Price, float] = {}
        for times, lines in ((1, self.fixed), (events, self.per_event)):
            for line in lines:
                used[line.price] = used.get(line.price, 0) + line.quantity * times
        return sum(min(quantity, price.free) * price.each for price, quantity in used.items())

    def without(self, unwanted: Callable[[Line], bool]) -> Self:
        """The bill without some of its lines."""
        kept = (tuple(line for line in lines if not unwanted(line)) for lines in (self.fixed, self.per_event))
        return type(self)(*kept)


def total(lines: Iterable[Line]) -> float:
    """Dollars of some lines."""
    return sum(line.dollars for line in lines)


def by_group(lines: Iterable[Line]) -> dict[str, float]:
    """Dollars of some lines, by what the service is called to which they are due."""
    dollars: dict[str, float] = {}
    for line in lines:
        dollars[line.price.group] = dollars.get(line.price.group, 0) + line.dollars
    return dict(sorted(dollars.items()))


def of_calls(where: str, calls: Iterable[Call], times: float = 1) -> Iterator[Line]:
    """Of AWS calls that are made so many times; the same one made again and again is one line."""
    for call, number in Counter(calls).items():
        for price, quantity in call.usage:
            how = f"{call.operation} on {call.on}{f', {number} times' if number > 1 else ''}"
            yield Line(where, number * quantity * times, price, how)
