"""Names of modules as people read them: which layer, which role."""

from __future__ import annotations

import functools
import re


@functools.lru_cache(1 << 14)
def short_name(layer: str) -> str:
    """``model.layers.3.mlp.down_proj`` -> ``3.mlp.down_proj``; a name without a number stays as it is."""
    match = re.search(r"(?:^|\.)(\d+\..+)", layer)
    return match.group(1) if match else layer


@functools.lru_cache(1 << 14)
def role_name(layer: str) -> str:
    """The last word of a module's name, without what they all end in: ``down``."""
    return layer.rsplit(".", 1)[-1].removesuffix("_proj")


@functools.lru_cache(1 << 14)
def layer_number(layer: str) -> int | None:
    """Number of the decoder layer of a module, None outside of them."""
    match = re.search(r"(?:^|\.)(\d+)\.", layer)
    return int(match.group(1)) if match else None


def tick_name(layer: str) -> str:
    """``model.layers.3.mlp.down_proj`` -> ``3 down``: short enough for an axis."""
    number = layer_number(layer)
    return short_name(layer) if number is None else f"{number} {role_name(layer)}"
