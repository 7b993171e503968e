"""Numbers of experts in an anatomy, and of those that go by hand. Torch-free."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence

from engine.architecture.anatomy import Anatomy, Linear
from engine.methods.shared.layers import matches_name

_EXPERT = re.compile(r"^(?P<module>.*)\.\w+\.(?P<number>\d+)$")


def first_experts(anatomy: Anatomy, count: int) -> Anatomy:
    """The anatomy with the first ``count`` experts of each layer."""
    gone = {x.name for x in anatomy.linears if _number(x) >= count}
    layers = tuple(
        dataclasses.replace(layer, linears=tuple(x for x in layer.linears if x.name not in gone))
        for layer in anatomy.layers
    )
    return dataclasses.replace(anatomy, layers=layers)


def experts_of(anatomy: Anatomy) -> dict[str, int]:
    """The modules of experts, and how many each has."""
    counts: dict[str, int] = {}
    for linear in anatomy.linears:
        match = _EXPERT.match(linear.name)
        if match and linear.role.startswith("expert"):
            counts[match["module"]] = max(counts.get(match["module"], 0), int(match["number"]) + 1)
    return counts


def _number(linear: Linear) -> int:
    match = _EXPERT.match(linear.name) if linear.role.startswith("expert") else None
    return int(match["number"]) if match else -1


def named_experts(anatomy: Anatomy, entries: Sequence[tuple[str, str]]) -> dict[str, tuple[int, ...]]:
    """Module of experts -> numbers of those that go, by (pattern of its name, numbers) entries; the first pattern that
    means a module counts. ValueError for entries that are not numbers."""
    going: dict[str, tuple[int, ...]] = {}
    for name in experts_of(anatomy):
        for pattern, numbers in entries:
            if matches_name(name, pattern):
                going[name] = tuple(sorted({int(number) for number in numbers.replace(",", " ").split()}))
                break
    return going
