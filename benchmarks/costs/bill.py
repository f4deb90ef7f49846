"""A bill and its lines."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Self

from benchmarks.costs.calls import Call
from benchmarks.costs.prices import Price


@dataclass(frozen=True, slots=True)
class Line:
    """A quantity at a price; `how` explains the quantity."""

    where: str
    quantity: float
    price: Price
    how: str

    @property
    def dollars(self) -> float:
        """The cost."""
        return self.quantity * self.price.each


@dataclass(frozen=True, slots=True)
class Bill:
    """A month: its fixed part, and the cost of each event."""

    fixed: tuple[Line, ...]
    per_event: tuple[Line, ...]

    def total(self, events: int) -> float:
        """Dollars for a number of events a month."""
        return total(self.fixed) + events * total(self.per_event)

    def free(self, events: int) -> float:
        """Dollars that the free tier saves in an account without other workloads."""
        used: dict[Price, float] = {}
        for times, lines in ((1, self.fixed), (events, self.per_event)):
            for line in lines:
                used[line.price] = used.get(line.price, 0) + line.quantity * times
        return sum(min(quantity, price.free) * price.each for price, quantity in used.items())

    def without(self, unwanted: Callable[[Line], bool]) -> Self:
        """A bill without some of its lines."""
        rest = (tuple(line for line in lines if not unwanted(line)) for lines in (self.fixed, self.per_event))
        return type(self)(*rest)


def total(lines: Iterable[Line]) -> float:
    """The sum in dollars."""
    return sum(line.dollars for line in lines)


def by_group(lines: Iterable[Line]) -> dict[str, float]:
    """Dollars by group of prices."""
    dollars: dict[str, float] = {}
    for line in lines:
        dollars[line.price.group] = dollars.get(line.price.group, 0) + line.dollars
    return dict(sorted(dollars.items()))


def call_lines(where: str, calls: Iterable[Call], times: float = 1) -> Iterator[Line]:
    """The lines of AWS calls; equal calls share a line."""
    for call, number in Counter(calls).items():
        for price, quantity in call.usage:
            how = f"{call.operation} on {call.on}{f', {number} times' if number > 1 else ''}"
            yield Line(where, number * quantity * times, price, how)
