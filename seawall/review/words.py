"""How a comment names resources: short, and by their names in Azure."""

from __future__ import annotations

import re

_ID = re.compile(r"/subscriptions/[^\s,;:'\"()]+")


def short_type(token: str) -> str:
    """A token without its package: `storage:StorageAccount`."""
    return token.removeprefix("azure-native:")


def azure_place(id: str) -> str:
    """A scope as a reader knows it: the resource's name and what it is, the resource group's, or the subscription."""
    parts = [part for part in id.split("/") if part]
    if "providers" in parts and len(parts) > 2:
        return f"{parts[-1]} ({parts[-2]})"
    if len(parts) == 4:
        return f"{parts[3]} (resource group)"
    if len(parts) == 2 and parts[0].lower() == "subscriptions":
        return f"subscription {parts[1]}"
    return id


def places_in(text: str) -> str:
    """A message with each ARM ID as a reader knows it."""
    return _ID.sub(lambda found: azure_place(found[0]), text)
