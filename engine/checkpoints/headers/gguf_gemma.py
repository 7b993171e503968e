"""Gemma 4 in GGUF files: layers of two kinds, with heads of their own, and rotary frequencies some of which stand
still. Torch-free.

Source: https://github.com/ggml-org/llama.cpp, conversion/gemma.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.checkpoints.headers import TensorInfo

TYPE = "gemma4_text"
STILL = 1e30
"""The divisor of a frequency that does not rotate."""


def uniform(keys: Mapping[str, Any]) -> dict[str, Any]:
    """Keys with a number for each layer, as that of the layers with a window; lists of a double width as the single."""
    values: dict[str, Any] = {}
    widths, heads = keys.get("gemma4.feed_forward_length"), keys.get("gemma4.attention.head_count_kv")
    if isinstance(widths, list) and widths:
        values["gemma4.feed_forward_length"] = widths[0]
    if isinstance(heads, list) and heads:
        values["gemma4.attention.head_count_kv"] = heads[_first(keys, True)]
    return values


def _first(keys: Mapping[str, Any], windowed: bool) -> int:
    """The first layer with a window, or without; 0 if there is none."""
    pattern = keys.get("gemma4.attention.sliding_window_pattern")
    kinds = [bool(is_sliding) for is_sliding in pattern] if isinstance(pattern, list) else []
    return kinds.index(windowed) if windowed in kinds else 0


def config(
    keys: Mapping[str, Any], values: Mapping[str, Any], tensors: Mapping[str, TensorInfo], factors: Sequence[float]
) -> dict[str, Any]:
    """Derive entries of config.json from the keys of a file. ``values``: the keys that stand there as they are;
    ``factors``: divisors of the frequencies of layers without a window. KeyError for a file that lacks what the model
    can't do without."""
    pattern = [bool(is_sliding) for is_sliding in keys["gemma4.attention.sliding_window_pattern"]]
    whole, heads = _first(keys, False), keys.get("gemma4.attention.head_count_kv")
    widths = keys.get("gemma4.feed_forward_length")
    turning = sum(1 for factor in factors if factor < STILL / 2)
    per_layer = keys.get("gemma4.embedding_length_per_layer_input") or 0
    return {
        "layer_types": ["sliding_attention" if is_sliding else "full_attention" for is_sliding in pattern],
        "head_dim": keys["gemma4.attention.key_length_swa"],
        "global_head_dim": keys["gemma4.attention.key_length"],
        "num_global_key_value_heads": heads[whole] if isinstance(heads, list) else None,
        "attention_k_eq_v": f"blk.{whole}.attn_v.weight" not in tensors,
        "num_kv_shared_layers": keys.get("gemma4.attention.shared_kv_layers") or 0,
        "use_double_wide_mlp": isinstance(widths, list) and widths[-1] > widths[0],
        "enable_moe_block": bool(keys.get("gemma4.expert_count")),
        "hidden_size_per_layer_input": per_layer,
        "vocab_size_per_layer_input": values["vocab_size"],
        "rope_parameters": {
            "sliding_attention": {
                "rope_type": "default",
                "rope_theta": keys.get("gemma4.rope.freq_base_swa", 10000.0),
            },
            "full_attention": {
                "rope_type": "proportional",
                "partial_rotary_factor": turning / len(factors) if factors else 1.0,
                "rope_theta": values.get("rope_theta", 1000000.0),
            },
        },
    }
