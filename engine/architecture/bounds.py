"""The numbers of a model's config, looked at before a library builds something of that size from them.

transformers makes a name for every label, a table for every position and a module for every layer before anybody can
see that the files hold nothing of the kind: one number of config.json would fill the memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from engine.base.errors import BadInput

_WIDTH, _COUNT = (1, 4_000_000), (1, 65_536)
BOUNDS: dict[str, tuple[int, int]] = {
    **dict.fromkeys(("hidden_size", "n_embd", "d_model", "dim", "embedding_size", "word_embed_proj_dim"), _WIDTH),
    **dict.fromkeys(("intermediate_size", "n_inner", "d_ff", "ffn_dim", "moe_intermediate_size"), _WIDTH),
    **dict.fromkeys(("num_attention_heads", "n_head", "n_heads", "num_heads"), _COUNT),
    **dict.fromkeys(("num_key_value_heads", "num_kv_heads", "head_dim", "d_kv"), _COUNT),
    **dict.fromkeys(("num_hidden_layers", "n_layer", "n_layers", "num_layers", "num_decoder_layers"), (0, 4096)),
    **dict.fromkeys(("max_position_embeddings", "n_positions", "n_ctx", "max_seq_len"), (1, 32_000_000)),
    **dict.fromkeys(("num_experts", "num_local_experts", "n_routed_experts", "num_experts_per_tok"), (0, 4096)),
    "vocab_size": (1, 16_000_000),
    "type_vocab_size": (0, 65_536),
    "num_labels": (0, 100_000),
    "state_size": (1, 65_536),
    "conv_kernel": (1, 65_536),
}
"""Whole number of a config -> from, to. No model comes near either end."""
LARGEST = 1 << 53
"""Of any whole number: what lies above is no size of anything."""
MOST_EXPERTS = 200_000
"""Layers times experts: each may become a module."""
DEEPEST = 8
"""The most configs that may lie in one another."""
_HEADS, _KV_HEADS = ("num_attention_heads", "n_head", "n_heads"), ("num_key_value_heads", "num_kv_heads")
_LAYERS = ("num_hidden_layers", "n_layer", "n_layers", "num_layers")
_EXPERTS = ("num_experts", "num_local_experts", "n_routed_experts")


def check_config(config: Mapping[str, Any], path: Path) -> None:
    """Raise `BadInput` naming the number of a config, or of one inside it, that no model has."""
    for key, values in _configs(config, "", 0):
        for name, value in values.items():
            _check_number(path, f"{key}{name}", value, BOUNDS.get(name))
        _check_pairs(path, key, values)


def _configs(values: Mapping[str, Any], path: str, depth: int) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield path, values
    for name, inner in values.items():
        if isinstance(inner, dict) and depth < DEEPEST and name != "auto_map":
            yield from _configs(inner, f"{path}{name}.", depth + 1)


def _check_number(path: Path, name: str, value: Any, bounds: tuple[int, int] | None) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return
    if bounds is None:
        if isinstance(value, int) and abs(value) > LARGEST:
            raise _refused(path, f"{name} is {_short(value)}")
    elif not bounds[0] <= value <= bounds[1]:
        raise _refused(path, f"{name} is {_short(value)}, not from {bounds[0]} to {bounds[1]}")


def _check_pairs(path: Path, place: str, values: Mapping[str, Any]) -> None:
    heads, keys = _first(values, _HEADS), _first(values, _KV_HEADS)
    if heads and keys and heads % keys:
        raise _refused(path, f"{place}num_attention_heads is {heads}, not a multiple of {keys} key/value heads")
    layers, experts = _first(values, _LAYERS), _first(values, _EXPERTS)
    if layers and experts and layers * experts > MOST_EXPERTS:
        raise _refused(path, f"it asks for {layers} layers of {experts} experts")


def _first(values: Mapping[str, Any], names: tuple[str, ...]) -> int | None:
    values_of_names = (values.get(name) for name in names)
    return next((value for value in values_of_names if isinstance(value, int) and not isinstance(value, bool)), None)


def _short(value: float) -> str:
    return f"{value:.3g}" if abs(value) >= 1e12 else str(value)


def _refused(path: Path, why: str) -> BadInput:
    return BadInput(
        "The model's config.json asks for what no model has",
        where=str(path),
        why=why,
        advice="copy it again from where the model came from",
    )
