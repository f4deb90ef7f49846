"""Inventory items."""

from typing import Any, ClassVar

from webhooks.events.base import Event, Id


class _InventoryItem(Event):
    item_id: Id
    sku: str | None = None
    track_stock: bool | None = None
    has_options: bool | None = None

    def record_key(self) -> tuple[str, str]:
        """The item."""
        return f"ITEM#{self.item_id}", "ITEM"


class CreateInventoryItemEvent(_InventoryItem):
    """An inventory item is created."""

    precedence: ClassVar[int] = 0

    def fields(self) -> dict[str, Any]:
        """Everything sent, and that the item exists (again)."""
        return super().fields() | {"deleted": False}


class DeleteInventoryItemEvent(_InventoryItem):
    """An inventory item is deleted."""

    precedence: ClassVar[int] = 2

    def fields(self) -> dict[str, Any]:
        """Everything sent, and that the item is deleted: its record stays."""
        return super().fields() | {"deleted": True}
