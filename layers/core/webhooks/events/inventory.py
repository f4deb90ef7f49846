"""Inventory items."""

from typing import ClassVar

from webhooks.events.base import Event


class _InventoryItem(Event):
    item_id: int
    sku: str | None = None
    track_stock: bool | None = None
    has_options: bool | None = None


class CreateInventoryItemEvent(_InventoryItem):
    """An inventory item is created."""

    precedence: ClassVar[int] = 0


class DeleteInventoryItemEvent(_InventoryItem):
    """An inventory item is deleted."""

    precedence: ClassVar[int] = 2
