"""Rows of a layer whose errors stand for all of it."""

from __future__ import annotations

PRICED = 1 << 19
"""Weights of a layer whose errors are computed: of larger ones a sample of rows stands for all."""
SEARCHED = 1 << 17
"""The same of types that are searched for in codebooks, which takes ten times as long."""
LEAST_ROWS = 64
"""Of a layer, however long its rows are."""

SOLVED_ROWS, SOLVED_INPUTS = 32, 4096
"""Rows and inputs of a layer that are solved to see how much less it loses than in the nearest weights: the columns of
all rows make up for one another in the same way."""


def rows_of(option: str, inputs: int) -> int:
    """Rows of a layer that are priced for an option."""
    return max(LEAST_ROWS, (SEARCHED if is_searched(option) else PRICED) // inputs)


def is_searched(option: str) -> bool:
    """True for a type that is searched for in a codebook."""
    return option.startswith(("IQ2", "IQ3"))


def slowness(option: str) -> float:
    """Rank of an option by the time that rounding to it takes."""
    return float(is_searched(option))
