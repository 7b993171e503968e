"""Round to nearest: its settings, refusals, ties, statistics."""

from __future__ import annotations

from typing import Any

MATRIX_SETTINGS: dict[str, Any] = {"group_size": 4}
