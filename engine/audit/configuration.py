"""Configuration and tokenizer of a quantized model beside those of its base."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from engine.contracts.audit import Finding
from engine.models.model import Model
from engine.models.source import NoTokenizer, load_tokenizer

KEYS = (
    "model_type", "hidden_act", "hidden_activation", "num_attention_heads", "num_key_value_heads", "head_dim",
    "rms_norm_eps", "layer_norm_eps", "norm_eps", "rope_theta", "rope_scaling", "rope_parameters",
    "partial_rotary_factor", "sliding_window", "attn_logit_softcapping", "final_logit_softcapping",
    "query_pre_attn_scalar", "tie_word_embeddings", "num_experts_per_tok",
)  # fmt: skip
"""Of config.json: what changes the outputs of the same weights."""
SHOWN = 3
"""Tokens of a vocabulary that are named."""


def findings(base: Model, quantized: Model) -> list[Finding]:
    """Keys that differ, and a tokenizer that reads or writes otherwise."""
    return [*_of_config(base.config, quantized.config), *_of_tokenizer(base, quantized)]


def _of_config(base: Mapping[str, Any], quantized: Mapping[str, Any]) -> Iterator[Finding]:
    for key in KEYS:
        mine, its = base.get(key), quantized.get(key)
        if mine is not None and its is not None and not _alike(mine, its):
            yield Finding(
                "error", "The configuration differs from the base", key, f"{_text(its)} instead of {_text(mine)}"
            )


def _alike(one: Any, other: Any) -> bool:
    """Equal, numbers up to what float32 holds; of mappings what both have."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return all(_alike(one[key], other[key]) for key in one.keys() & other.keys())
    if isinstance(one, bool) or isinstance(other, bool):
        return bool(one == other)
    if isinstance(one, int | float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=1e-5)
    return bool(one == other)


def _of_tokenizer(base: Model, quantized: Model) -> Iterator[Finding]:
    try:
        mine = load_tokenizer(base)
    except NoTokenizer:
        return
    try:
        its = load_tokenizer(quantized)
    except NoTokenizer:
        yield Finding("error", "The tokenizer is missing")
        return
    ours, theirs = mine.get_vocab(), its.get_vocab()
    moved = [token for token, number in ours.items() if theirs.get(token) != number]
    if moved:
        first = ", ".join(repr(token) for token in sorted(moved, key=ours.__getitem__)[:SHOWN])
        yield Finding("error", f"{len(moved)} of {len(ours)} tokens have other numbers", "tokenizer", first)
    if mine.eos_token_id != its.eos_token_id:
        why = f"{its.eos_token!r} instead of {mine.eos_token!r}"
        yield Finding("error", "Another token ends a text", "tokenizer", why)
    template, other = getattr(mine, "chat_template", None), getattr(its, "chat_template", None)
    if template and not other:
        yield Finding("error", "The chat template is missing", "tokenizer")
    elif template and _plain(template) != _plain(other):
        yield Finding("warning", "The chat template is another one", "tokenizer", "answers may start or end otherwise")


def _plain(template: Any) -> str:
    return "".join(str(template).split())


def _text(value: Any) -> str:
    text = str(value)
    return text if len(text) < 80 else f"{text[:77]}…"
