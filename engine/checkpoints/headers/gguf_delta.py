"""Qwen3.5 in GGUF files: keys of its gated delta nets, and the order in which llama.cpp keeps their heads of values.
Torch-free.

A head of keys serves several heads of values. Hugging Face has those of one head of keys behind each other, llama.cpp
the first of every head of keys, then the second … (https://github.com/ggml-org/llama.cpp, conversion/qwen.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

TYPE = "qwen3_5_text"
INTERVAL = 4
"""Every so many-th layer has attention, unless the file says otherwise."""
_ROWS = (".in_proj_z.weight", ".in_proj_a.weight", ".in_proj_b.weight", ".A_log", ".dt_bias")
_BEHIND_KEYS = (".in_proj_qkv.weight", ".conv1d.weight")


@dataclass(frozen=True)
class HeadOrder:
    """heads: for each head along ``axis`` in the file, from ``start`` on, which one it is in Hugging Face form; width:
    how many values a head has there."""

    axis: int
    start: int
    heads: tuple[int, ...]
    width: int


def head_order(config: Mapping[str, Any], name: str) -> HeadOrder | None:
    """The order that the heads of a tensor are moved into; None for one that stays as it is."""
    if config.get("model_type") != TYPE or ".linear_attn." not in name:
        return None
    keys, values = config.get("linear_num_key_heads", 16), config.get("linear_num_value_heads", 32)
    if keys == values:
        return None
    wide = config.get("linear_value_head_dim", 128)
    heads = tuple(key * (values // keys) + turn for turn in range(values // keys) for key in range(keys))
    if name.endswith(_BEHIND_KEYS):
        return HeadOrder(0, 2 * keys * config.get("linear_key_head_dim", 128), heads, wide)
    if name.endswith(_ROWS):
        return HeadOrder(0, 0, heads, wide if name.endswith(".in_proj_z.weight") else 1)
    return HeadOrder(1, 0, heads, wide) if name.endswith(".out_proj.weight") else None


def config(keys: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Derive entries of config.json from the keys of a file. ``values``: the keys that stand there as they are.
    KeyError for a file that lacks what the model can't do without."""
    interval = keys.get("qwen35.full_attention_interval", INTERVAL)
    layers = range(1, values["num_hidden_layers"] + 1)
    sections = keys.get("qwen35.rope.dimension_sections", [11, 11, 10])
    return {
        "linear_value_head_dim": keys["qwen35.ssm.inner_size"] // values["linear_num_value_heads"],
        "layer_types": ["linear_attention" if layer % interval else "full_attention" for layer in layers],
        "rope_parameters": {
            "rope_type": "default",
            "rope_theta": values.get("rope_theta", 10000.0),
            "partial_rotary_factor": keys["qwen35.rope.dimension_count"] / values["head_dim"],
            "mrope_section": list(sections)[:3],
            "mrope_interleaved": True,
        },
    }
