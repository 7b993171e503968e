"""Settings of methods that quantize to integers which give each layer the format that a plan has for it. Torch-free."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from engine.architecture.anatomy import Anatomy
from engine.contracts.budget import Target
from engine.methods.quantization.common.weights import INTEGERS

READ_BY: dict[Target, tuple[str, ...]] = {"compressed-tensors": ("int8", "int4"), "container": INTEGERS}
"""Integers that a target reads."""


def planned(anatomy: Anatomy, formats: Mapping[str, str]) -> dict[str, Any]:
    """Settings for exactly these formats. ``formats``: layer, embedding or head -> format; what is not in there stays
    as it is."""
    linears = {linear.name for linear in anatomy.linears}
    counts = Counter(kind for name, kind in formats.items() if name in linears) or Counter(formats.values())
    common = counts.most_common(1)[0][0]
    embeddings, head = anatomy.embeddings[:1], anatomy.head
    shared = {head} if anatomy.tied else set()
    remaining = {name: kind for name, kind in formats.items() if kind != common and name not in shared}
    roles = []
    for role in dict.fromkeys(linear.role for linear in anatomy.linears if linear.name in remaining):
        members = [linear.name for linear in anatomy.linears if linear.role == role]
        kinds = {formats.get(name) for name in members}
        if len(kinds) == 1 and len(members) > 1:
            roles.append(f"{role}={kinds.pop()}")
            remaining = {name: kind for name, kind in remaining.items() if name not in members}
    return {
        "format": common,
        "layer_formats": [*(f"{name}={kind}" for name, kind in remaining.items()), *roles],
        "quantize_embeddings": any(name in formats for name in embeddings),
        "quantize_head": head in formats,
        "ignore": [linear.name for linear in anatomy.linears if linear.name not in formats],
    }
