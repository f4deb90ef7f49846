"""Which handlers take an event.

A handler that bears a type's name takes that type; CustomEvent takes every type without such a handler. Further
handlers take the types that the template's parameter `Takes` states for them, or all types.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Self

from webhooks.event import CUSTOM, AcceptedEvent

ALL = "*"
"""In `Takes`: every event type."""


@dataclass(frozen=True, slots=True)
class Routing:
    """The handlers by name, and by event type, or `ALL`, the handlers that take it besides its own."""

    names: Collection[str]
    further: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    _own: Collection[str] = frozenset()

    @classmethod
    def parse(cls, names: str, takes: str = "") -> Self:
        """From lists with commas: of names, and of what further handlers take, each as `Handler=EventType`.

        A handler that is not listed takes nothing: it was retired.
        """
        listed = tuple(name.strip() for name in names.split(","))
        stated = [(name, taken) for name, taken in pairs(takes) if name in listed]
        stating = {name for name, _ in stated} - {CUSTOM}
        own = {name for name in listed if name not in stating or (name, name) in stated}
        further: dict[str, tuple[str, ...]] = {}
        for name, taken in dict.fromkeys(stated):
            further[taken] = (*further.get(taken, ()), name)
        return cls(listed, further, own)

    def own(self, event_type: str) -> str:
        """The handler whose name the type bears, else CustomEvent. No sender can name a handler that takes others."""
        return event_type if event_type in self._own else CUSTOM

    def others(self, event_type: str) -> tuple[str, ...]:
        """The further handlers that take a type."""
        if not self.further:
            return ()
        own = self.own(event_type)
        found = (*self.further.get(event_type, ()), *self.further.get(ALL, ()))
        return tuple(name for name in dict.fromkeys(found) if name != own)

    def takes(self, name: str, event_type: str) -> bool:
        """Whether a handler takes a type."""
        return name == self.own(event_type) or name in self.others(event_type)

    def awaiting(self, event: AcceptedEvent) -> tuple[str, ...]:
        """The handlers that an unpublished event still has to reach, without those that were retired since.

        CustomEvent stands in for the handler of the event's own type.
        """
        found = (CUSTOM if name == event.queue and name not in self.names else name for name in event.awaiting)
        return tuple(name for name in dict.fromkeys(found) if name in self.names)

    def taken_by(self, name: str) -> Collection[str]:
        """The types that a handler takes besides its own, as stated."""
        return [event_type for event_type, names in self.further.items() if name in names]


def pairs(takes: str) -> list[tuple[str, str]]:
    """What a `Takes` states: handlers, and the type or `ALL` that each takes."""
    split = (each.partition("=") for each in takes.split(",") if each.strip())
    return [(name.strip(), taken.strip()) for name, _, taken in split]
