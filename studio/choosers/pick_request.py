"""A form's request for a setting's value, picked in a dialog."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from engine.contracts.settings import FieldInfo


@dataclass(frozen=True)
class Choice:
    """A setting whose value a person wants to pick. ``scope``: id of a block, "pipeline" or "evaluation". ``on_picked``
    gets the value."""

    scope: str
    info: FieldInfo
    value: Any
    on_picked: Callable[[Any], None]
