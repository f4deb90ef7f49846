"""How DynamoDB measures: the size of an item, and the write units of a change.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any, Self

KB = 1024
OVERHEAD = 100
"""Bytes that storage is billed for on top of each item and each index entry."""

type Item = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Index:
    """A secondary index; `projected` are the attributes of an entry, None for all of them."""

    keys: tuple[str, ...]
    projected: frozenset[str] | None

    def entry(self, item: Item | None) -> Item | None:
        """The entry of an item; None if the item lacks a key of the index."""
        if not item or not all(name in item for name in self.keys):
            return None
        return item if self.projected is None else {name: item[name] for name in item if name in self.projected}

    def write_units(self, before: Item | None, after: Item | None) -> int:
        """The units of a change of the item."""
        old, new = self.entry(before), self.entry(after)
        if old == new:
            return 0
        if old and new and any(old[name] != new[name] for name in self.keys):
            return units(old) + units(new)
        return max(units(old), units(new))


@dataclass(frozen=True, slots=True)
class Table:
    """The keys and indexes of a table."""

    keys: tuple[str, ...]
    indexes: tuple[Index, ...]

    @classmethod
    def of(cls, properties: Mapping[str, Any]) -> Self:
        """From the properties of an AWS::DynamoDB::Table."""
        keys = _names(properties)
        return cls(keys, tuple(_index(keys, index) for index in properties.get("GlobalSecondaryIndexes", [])))

    def key(self, item: Item) -> Item:
        """The key of an item."""
        return {name: item[name] for name in self.keys}

    def write_units(self, before: Item | None, after: Item | None) -> int:
        """The units of a write, indexes included; if its condition failed, `after` is `before`."""
        return max(units(before), units(after)) + sum(index.write_units(before, after) for index in self.indexes)

    def stored_bytes(self, item: Item) -> tuple[int, int]:
        """The billed bytes of an item: in the table, and in its indexes."""
        entries = [entry for index in self.indexes if (entry := index.entry(item))]
        return size(item) + OVERHEAD, sum(size(entry) + OVERHEAD for entry in entries)


def units(item: Item | None) -> int:
    """Write units of an item; at least one, even if there is no item."""
    return max(1, ceil(size(item or {}) / KB))


def size(item: Item) -> int:
    """Bytes of an item in the low-level form, `{"name": {"S": "text"}}`."""
    return sum(len(name.encode()) + _size(value) for name, value in item.items())


def _size(value: Mapping[str, Any]) -> int:
    kind: str
    content: Any
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "B":
            return len(content)
        case "N":
            digits = str(content).lstrip("-").replace(".", "").strip("0")
            return (len(digits) + 1) // 2 + 1 + int(content[0] == "-")
        case "BOOL" | "NULL":
            return 1
        case "M":
            return 3 + size(content) + len(content)
        case "L":
            return 3 + sum(1 + _size(inner) for inner in content)
    raise NotImplementedError(kind)


def _names(keyed: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(key["AttributeName"] for key in keyed["KeySchema"])


def _index(table_keys: tuple[str, ...], properties: Mapping[str, Any]) -> Index:
    keys, projection = _names(properties), properties["Projection"]
    if projection["ProjectionType"] == "ALL":
        return Index(keys, None)
    return Index(keys, frozenset({*table_keys, *keys, *projection.get("NonKeyAttributes", [])}))
