"""The architectures that can be written as GGUF, and what their keys say of a model's config."""

from __future__ import annotations

from typing import Any

import gguf

from engine.models import pretrained
from engine.models.headers.gguf import ARCHITECTURES as READ
from engine.models.headers.gguf import attention_scale
from engine.models.model import Model

ARCHITECTURES = {
    **{known.model_type: name for name, known in READ.items() if name != "gemma3"},
    "mistral": "llama",
}
"""Hugging Face model type -> GGUF architecture, of those that are read; Mistral is a Llama to llama.cpp. Gemma 3 keeps
its layers' two kinds of positions apart, which nothing here writes."""


def full_config(model: Model) -> Any:
    """The config with all defaults filled in, of the shapes that the model has by now."""
    values = {key: value for key, value in model.config.items() if key not in ("model_type", "quantization_config")}
    return pretrained.config_for(model.config["model_type"], values)


def why_not(model: Model) -> str:
    """Why a model can't be written as GGUF; empty if it can."""
    kind = model.config.get("model_type")
    if kind not in ARCHITECTURES or model.anatomy.kind != "decoder":
        return f"'{kind}' is not among the architectures that are written: {', '.join(ARCHITECTURES)}"
    config = full_config(model)
    rope = getattr(config, "rope_parameters", None) or {"rope_type": "default"}
    if rope.get("rope_type", "default") not in ("default", "linear", "llama3"):
        return f"its positions are stretched by '{rope['rope_type']}'"
    if kind == "gemma2":
        size = attention_scale(
            kind, config.num_hidden_layers, config.hidden_size, config.num_attention_heads, config.head_dim
        )
        if config.query_pre_attn_scalar != size:
            return f"its attention is scaled by {config.query_pre_attn_scalar}, llama.cpp scales by {size}"
    if kind == "qwen2" and getattr(config, "use_sliding_window", False):
        return "its attention has a sliding window, which llama.cpp's qwen2 has not"
    if model.config.get("num_local_experts"):
        return "it is a mixture of experts"
    return ""


def add_keys(writer: gguf.GGUFWriter, model: Model) -> None:
    """Shapes, positions, norms."""
    config, anatomy = full_config(model), model.anatomy
    writer.add_block_count(len(anatomy.layers))
    writer.add_embedding_length(anatomy.hidden_size)
    writer.add_feed_forward_length(anatomy.intermediate_size)
    writer.add_head_count(anatomy.heads)
    writer.add_vocab_size(anatomy.vocabulary)
    if config.model_type == "gpt2":
        writer.add_context_length(config.n_positions)
        writer.add_layer_norm_eps(config.layer_norm_epsilon)
        return
    writer.add_context_length(config.max_position_embeddings)
    writer.add_head_count_kv(anatomy.kv_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_key_length(anatomy.head_dim)
    writer.add_value_length(anatomy.head_dim)
    rope = config.rope_parameters
    writer.add_rope_freq_base(rope["rope_theta"])
    writer.add_rope_dimension_count(int(anatomy.head_dim * rope.get("partial_rotary_factor", 1.0)))
    if rope["rope_type"] == "linear":
        writer.add_rope_scaling_type(gguf.RopeScalingType.LINEAR)
        writer.add_rope_scaling_factor(rope["factor"])
    if config.model_type in ("gemma2", "phi3"):
        writer.add_sliding_window(config.sliding_window or config.max_position_embeddings)
    if config.model_type == "gemma2":
        writer.add_attn_logit_softcapping(config.attn_logit_softcapping)
        writer.add_final_logit_softcapping(config.final_logit_softcapping)
