"""Options that store a layer as the product of two skinny matrices: a number format of both, and their rank."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from engine.contracts.budget import STORED

_FACTORED = re.compile(r"([^\s=]+)-r([1-9][0-9]{0,6})")


class StoredAs(NamedTuple):
    """``rank``: of the factors; None for a layer that keeps its weight whole."""

    format: str
    rank: int | None


def factored_option(name: str, rank: int) -> str:
    """Id of the option: ``("int4", 96)`` -> ``"int4-r96"``."""
    return f"{name}-r{rank}"


def stored_as(option: str) -> StoredAs:
    """Format and rank of an option."""
    match = _FACTORED.fullmatch(option)
    return StoredAs(option, None) if match is None else StoredAs(match[1], int(match[2]))


def ranks_of(options: Mapping[str, str]) -> dict[str, int]:
    """Name -> rank, of what is stored as factors."""
    ranks = {name: stored_as(option).rank for name, option in options.items()}
    return {name: rank for name, rank in ranks.items() if rank is not None}


def option_title(option: str) -> str:
    """Words for an option: "Q4_K", "rank 96 in int4", "its stored format"."""
    if option == STORED:
        return "its stored format"
    name, rank = stored_as(option)
    return name if rank is None else f"rank {rank} in {name}"
