"""Bounds of the search for ranks. Torch-free."""

from __future__ import annotations

from engine.contracts.budget import TARGET_TITLES, Target

RANK_TARGETS: tuple[Target, ...] = ("container",)
"""Targets whose files hold the factors of a layer."""
SHARES = (0.15, 0.3, 0.45, 0.6, 0.75)
"""Shares of a weight's numbers that the factors of the ranks hold that are tried."""
STEP = 32
"""Ranks are multiples of it, so that groups of weights divide the rows of the second factor."""


def no_ranks(target: Target) -> str:
    """The reason why a file for this target holds no factors; "" where it does."""
    if target in RANK_TARGETS:
        return ""
    can = " and ".join(f"'{TARGET_TITLES[one]}' ({one})" for one in RANK_TARGETS)
    return f"A file for {TARGET_TITLES[target]} can't hold a layer as two factors; one for {can} can"
