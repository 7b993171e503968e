"""Settings of this method that give each layer the type that a plan has for it. Torch-free."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from engine.architecture.anatomy import Anatomy
from engine.methods.quantization.gguf_quants.mixes import BASES, BLOCKS, type_patterns

FITTED = (
    "IQ2_XXS",
    "IQ2_XS",
    "IQ2_S",
    "Q2_K",
    "IQ3_XXS",
    "Q3_K",
    "IQ3_S",
    "IQ4_XS",
    "IQ4_NL",
    "Q4_0",
    "Q4_K",
    "Q4_1",
    "Q5_0",
    "Q5_K",
    "Q5_1",
    "Q6_K",
    "Q8_0",
)
"""Types that a plan chooses from, the smallest first. Ternary types and MXFP4 are for weights that were made for
them."""


def fitting_types(inputs: int) -> tuple[str, ...]:
    """Those of `FITTED` whose blocks divide rows of so many weights."""
    return tuple(name for name in FITTED if inputs % BLOCKS[name] == 0)


def planned(anatomy: Anatomy, types: Mapping[str, str]) -> dict[str, Any]:
    """Settings for exactly these types. ``types``: layer, embedding or head -> type; what is not in there stays as it
    is."""
    linears = {linear.name for linear in anatomy.linears}
    counts = Counter(kind for name, kind in types.items() if name in linears) or Counter(types.values())
    common = counts.most_common(1)[0][0]
    tables = [types.get(name, "stored") for name in (*anatomy.embeddings[:1], *filter(None, [anatomy.head]))]
    return {
        "type": next(mix for mix, base in BASES.items() if base == common),
        "tensor_types": type_patterns(anatomy, {name: kind for name, kind in types.items() if name in linears}),
        "token_embedding_type": tables[0] if tables else "mix",
        "output_tensor_type": tables[0] if anatomy.tied and tables else tables[-1] if tables else "mix",
        "ignore": [linear.name for linear in anatomy.linears if linear.name not in types],
    }
