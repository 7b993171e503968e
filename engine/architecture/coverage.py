"""The share of a model that a method works on, and the rest. Torch-free: from an anatomy alone."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from engine.architecture.anatomy import Anatomy
from engine.base.human import percent_text

NAMED = 3
"""The number of the largest groups of the rest that are named."""


@dataclass(frozen=True)
class Coverage:
    """Shares in 0..1 of the parameters and of the bytes that are worked on, tied ones counted once.

    left: what stays as it came, the largest first: its name, with stars for the numbers of layer and expert, and its
    share of the parameters.
    """

    parameters: float
    bytes: float
    left: tuple[tuple[str, float], ...] = ()

    def left_text(self) -> str:
        """The largest of what is left with their shares, "" if nothing is."""
        named = [f"{name} ({percent_text(round(share, 3))})" for name, share in self.left[:NAMED]]
        more = len(self.left) - len(named)
        return ", ".join(named) + (f" and {more} more" if more > 0 else "")

    def as_json(self) -> dict[str, Any]:
        """For reports and histories: both shares and the largest groups of what is left."""
        rest = {name: round(share, 6) for name, share in self.left[:NAMED]}
        return {"parameters": round(self.parameters, 6), "bytes": round(self.bytes, 6), "left": rest}


def coverage_of(values: Mapping[str, int], nbytes: Mapping[str, int], touched: Collection[str]) -> Coverage:
    """``values`` and ``nbytes``: name -> number of values, and bytes, of each part of a model. ``touched``: the names
    of those that are worked on."""
    all_values, all_bytes = sum(values.values()), sum(nbytes.values())
    rest: dict[str, int] = {}
    for name, count in values.items():
        if name not in touched:
            group = re.sub(r"\.\d+(?=\.|$)", ".*", re.sub(r"\.(weight|bias)$", "", name))
            rest[group] = rest.get(group, 0) + count
    if not all_values or not all_bytes:
        return Coverage(0.0, 0.0)
    return Coverage(
        sum(count for name, count in values.items() if name in touched) / all_values,
        sum(count for name, count in nbytes.items() if name in touched) / all_bytes,
        tuple((name, count / all_values) for name, count in sorted(rest.items(), key=lambda item: -item[1])),
    )


def planned(anatomy: Anatomy, targets: Collection[str]) -> Coverage:
    """The coverage of a planned method. ``targets``: names of linears, embeddings and the head. Bytes are taken to be
    as many for every parameter."""
    if anatomy.tied and anatomy.head in targets and anatomy.embeddings:
        targets = {*targets, anatomy.embeddings[0]}
    values = {linear.name: linear.in_features * linear.out_features for linear in anatomy.linears}
    touched = {name for name in values if name in targets}
    values |= {f"{linear.name}.bias": linear.out_features for linear in anatomy.linears if linear.bias}  # they stay
    for name, count in anatomy.remainder:
        values[name] = count
        if name.rpartition(".")[0] in targets:
            touched.add(name)
    return coverage_of(values, values, touched)
