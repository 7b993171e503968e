"""DeepSeek-V2 and V3 in GGUF files: keys of their latent attention and routing, and the key and value matrices that
llama.cpp keeps apart. Torch-free.

Source: https://github.com/ggml-org/llama.cpp, conversion/deepseek.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from engine.checkpoints.headers import TensorInfo
from engine.checkpoints.headers.packed import Found, Packed

TYPES = ("deepseek_v2", "deepseek_v3")
SIGMOID = 2
"""The gating function of V3; V2 has a softmax."""
_HALVES = re.compile(r"blk\.(\d+)\.attn_([kv])_b\.weight")


def config(keys: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Derive entries of config.json from the keys of a file. ``values``: the keys that stand there as they are.
    KeyError and TypeError for a file that lacks what these models can't do without."""

    def key(name: str, default: Any = None) -> Any:
        return keys.get(f"deepseek2.{name}", default)

    turned = values["qk_rope_head_dim"]
    whole = key("attention.key_length_mla") or keys["deepseek2.attention.key_length"]
    entries = {
        "q_lora_rank": key("attention.q_lora_rank") or None,
        "num_key_value_heads": values["num_attention_heads"],
        "qk_nope_head_dim": whole - turned,
        "v_head_dim": key("attention.value_length_mla") or keys["deepseek2.attention.value_length"],
        "first_k_dense_replace": key("leading_dense_block_count", 0),
        "norm_topk_prob": bool(key("expert_weights_norm", False)),
        "n_group": key("expert_group_count") or 1,
        "topk_group": key("expert_group_used_count") or 1,
        "rope_parameters": _positions(keys, values),
    }
    if values["model_type"] == "deepseek_v2":
        entries["topk_method"] = "greedy" if entries["n_group"] == 1 else "group_limited_greedy"
    return entries


def _positions(keys: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    theta = {"rope_theta": values.get("rope_theta", 10000.0)}
    factor = keys.get("deepseek2.rope.scaling.factor", 0)
    if factor in (0, 1):
        return {"rope_type": "default", **theta}
    scale = round(keys.get("deepseek2.rope.scaling.yarn_log_multiplier", 0.0) / 0.1, 6)
    return {
        "rope_type": "yarn",
        "factor": factor,
        "original_max_position_embeddings": keys.get("deepseek2.rope.scaling.original_context_length", 4096),
        "beta_fast": 32,
        "beta_slow": 1,
        "mscale": scale,
        "mscale_all_dim": scale,
        **theta,
    }


def halves(tensors: Iterable[TensorInfo]) -> Found:
    """``kv_b_proj`` by layer, of the matrix that makes keys, (heads, latent, keys), and the one that makes values,
    (heads, values, latent); in files of before 2025 it is one tensor, and here nothing."""
    pieces: dict[str, dict[str, TensorInfo]] = {}
    for info in tensors:
        match = _HALVES.fullmatch(info.name)
        if match is not None and len(info.shape) == 3:
            pieces.setdefault(f"model.layers.{match[1]}.self_attn.kv_b_proj.weight", {})[match[2]] = info
    return {
        name: Packed("ggml", {"k": parts["k"], "v": parts["v"]}, {"latent": True}, _shape(parts), parts["k"].dtype)
        for name, parts in pieces.items()
        if parts.keys() == {"k", "v"}
    }


def _shape(parts: Mapping[str, TensorInfo]) -> tuple[int, ...]:
    heads, latent, keys = parts["k"].shape
    return heads * (keys + parts["v"].shape[1]), latent
