"""Which handlers take an event.

A handler that bears a type's name takes that type; CustomEvent takes every type without such a handler. Further
handlers take the types that the template's parameter `Takes` states for them, or all types. No new event goes to a
handler that the parameter `Retired` names: it works off what it has, until a deployment takes it away.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Self

from webhooks.event import CUSTOM, AcceptedEvent

ALL = "*"
"""In `Takes`: every event type."""


@dataclass(frozen=True, slots=True)
class Routing:
    """The handlers by name, and by event type, or `ALL`, the handlers that take it besides its own.

    `retired` says since when nothing goes to each of the others that are known; `emptying` still have a queue.
    """

    names: Collection[str]
    further: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    _own: Collection[str] = frozenset()
    retired: Mapping[str, str] = field(default_factory=dict)
    emptying: Collection[str] = ()

    @classmethod
    def parse(cls, names: str, takes: str = "", retired: str = "") -> Self:
        """From lists with commas: of names, of what further handlers take, and of retired ones (`retired_since`).

        A handler that is not listed, or that is retired, takes nothing.
        """
        gone = retired_since(retired)
        deployed = listed(names)
        active = tuple(name for name in deployed if name not in gone)
        stated = [(name, taken) for name, taken in pairs(takes) if name in active]
        stating = {name for name, _ in stated} - {CUSTOM}
        own = {name for name in active if name not in stating or (name, name) in stated}
        further: dict[str, tuple[str, ...]] = {}
        for name, taken in dict.fromkeys(stated):
            further[taken] = (*further.get(taken, ()), name)
        return cls(active, further, own, gone, tuple(name for name in deployed if name in gone))

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
        """The handlers that an unpublished event still has to reach.

        In place of those that are gone, those that take it now.
        """
        gone = [name for name in event.awaiting if name not in self.deployed]
        return (*(name for name in event.awaiting if name in self.deployed), *self.successors(event, gone))

    @property
    def deployed(self) -> Collection[str]:
        """The handlers that have a queue."""
        return (*self.names, *self.emptying)

    def successors(self, event: AcceptedEvent, gone: Collection[str]) -> tuple[str, ...]:
        """The handlers that take an event now and had not got it, if `gone` ones had not handled it when they went.

        CustomEvent, or whoever bears the type's name now, replaces the handler of its own type only.
        """
        own = self.own(event.key.event_type)
        takers = (*([own] if event.queue in gone else []), *self.others(event.key.event_type)) if gone else ()
        return tuple(name for name in takers if name not in event.handlers)

    def taken_by(self, name: str) -> Collection[str]:
        """The types that a handler takes besides its own, as stated."""
        return [event_type for event_type, names in self.further.items() if name in names]


def listed(names: str) -> tuple[str, ...]:
    """The names in a list with commas, as `EventTypes` states the handlers."""
    return tuple(name.strip() for name in names.split(","))


def retired_since(retired: str) -> dict[str, str]:
    """What a `Retired` states: handlers, and the moment since when nothing goes to each, as `Handler@moment`."""
    split = (each.partition("@") for each in retired.split(",") if each.strip())
    return {name.strip(): moment.strip() for name, _, moment in split}


def pairs(takes: str) -> list[tuple[str, str]]:
    """What a `Takes` states: handlers, and the type or `ALL` that each takes."""
    split = (each.partition("=") for each in takes.split(",") if each.strip())
    return [(name.strip(), taken.strip()) for name, _, taken in split]
