"""The architectures that can be written as GGUF, and what their keys say of a model's config."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import gguf

from engine.architecture import pretrained
from engine.checkpoints.headers import gguf_delta, gguf_gemma, gguf_latent
from engine.checkpoints.headers.gguf import attention_scale
from engine.checkpoints.headers.gguf_architectures import BY_TYPE, Architecture
from engine.export.gguf.metadata import pooling_of
from engine.models.model import Model

SLIDING_PATTERN = {"gemma3_text": 6, "gpt_oss": 2}
"""Every so many-th layer sees all positions, the others a window: what llama.cpp takes for granted."""
_STRETCHED = {**dict.fromkeys(("gpt_oss", *gguf_latent.TYPES), ("yarn",)), gguf_gemma.TYPE: ("proportional",)}
"""Kinds of positions that llama.cpp knows of a model type, beside those that it knows of all."""
LITE = (26, 27)
"""Layers of the DeepSeek models whose queries have no latent: what llama.cpp knows them by."""
LARGEST_LLAMA4 = 128
"""Experts of the Llama 4 that does not norm queries and keys: what llama.cpp knows it by."""
LLAMA4_CHUNK = 8192
"""Tokens that Llama 4's layers with positions see at a time in llama.cpp."""
NO_ROPE_EVERY = 4
"""Every so many-th layer of SmolLM3 and Llama 4 has no positions, in llama.cpp as in the model that there is."""


def form_of(model: Model) -> Architecture:
    """The architecture under which a model is written; KeyError for one that is not (see `why_not`)."""
    return BY_TYPE[model.config["model_type"]]


def full_config(model: Model) -> Any:
    """The config with all defaults filled in, of the shapes that the model has by now."""
    values = {key: value for key, value in model.config.items() if key not in ("model_type", "quantization_config")}
    return pretrained.config_for(model.config["model_type"], values)


def why_not(model: Model) -> str:
    """The reason why a model can't be written as GGUF; "" if it can."""
    kind = str(model.config.get("model_type"))
    required_kind = BY_TYPE[kind].kind if kind in BY_TYPE else "decoder"
    if model.anatomy.kind != required_kind:
        return _other_kind(kind, required_kind, model)
    if kind not in BY_TYPE:
        name = _plain(kind)
        listed = next(
            (architecture for architecture in gguf.MODEL_ARCH_NAMES.values() if _plain(architecture) == name), ""
        )
        why = f"llama.cpp has no architecture called '{kind}'"
        if f"{kind}_text" in BY_TYPE:
            why = f"of '{kind}' the language model alone ('{kind}_text') is written, without what sees"
        elif listed:
            why = f"llama.cpp has the architecture '{listed}', which this program does not write"
        return f"{why}; written are {', '.join(BY_TYPE)}"
    config = full_config(model)
    return next((reason for reason in _reasons(kind, config) if reason), "")


def _plain(name: str) -> str:
    """The name of an architecture without what it is spelled with: granitemoe, llama4."""
    return re.sub(r"_text$|[^a-z0-9]", "", name.lower())


def _other_kind(kind: str, required_kind: str, model: Model) -> str:
    """The reason why a model can't be written whose tokens see others than the architecture lets them see; "" if they
    don't."""
    kinds = {"encoder": "an encoder", "encoder_decoder": "an encoder-decoder", "decoder": "a causal language model"}
    if model.anatomy.kind not in kinds:
        return f"its layers are not recognized: {model.anatomy.why_unknown}"
    words = (
        "a causal language model"
        if required_kind == "decoder"
        else f"an encoder, as llama.cpp's {BY_TYPE[kind].gguf} is"
    )
    return f"it is {kinds[model.anatomy.kind]}, not {words}"


def _reasons(kind: str, config: Any) -> Iterator[str]:
    """Reasons from a config: values that llama.cpp has no word for."""
    for rope in _ropes(config):
        rope_types = ("default", "linear", "llama3", *_STRETCHED.get(kind, ()))
        if rope.get("rope_type", "default") not in rope_types:
            yield f"its positions are stretched by '{rope['rope_type']}'"
    if kind in ("gemma2", "gemma3_text"):
        shape = (config.num_hidden_layers, config.hidden_size, config.num_attention_heads, config.head_dim)
        size = attention_scale(BY_TYPE[kind].gguf, *shape)
        if config.query_pre_attn_scalar != size:
            yield f"its attention is scaled by {config.query_pre_attn_scalar}, llama.cpp scales by {size}"
    if kind == "gemma3_text" and config.rope_parameters["sliding_attention"]["rope_theta"] != 10000:
        yield "the positions of its layers with a window have another base than 10000"
    if kind in SLIDING_PATTERN:
        every = SLIDING_PATTERN[kind]
        kinds = [
            "full_attention" if (i + 1) % every == 0 else "sliding_attention" for i in range(len(config.layer_types))
        ]
        if list(config.layer_types) != kinds:
            yield f"its layers with a window are not all but every {every}th, as llama.cpp has them"
    if kind == "qwen2" and getattr(config, "use_sliding_window", False):
        yield "its attention has a sliding window, which llama.cpp's qwen2 has not"
    if kind == "qwen3_moe" and not config.norm_topk_prob:
        yield "llama.cpp's qwen3moe normalizes the weights of the chosen experts"
    if kind == "qwen3_moe" and (config.decoder_sparse_step != 1 or config.mlp_only_layers):
        yield "llama.cpp's qwen3moe has experts in every layer"
    if kind == "olmoe" and config.norm_topk_prob:
        yield "llama.cpp's olmoe does not normalize the weights of the chosen experts"
    if kind == "olmoe" and config.num_key_value_heads != config.num_attention_heads:
        yield "llama.cpp's olmoe has as many heads of keys and values as of queries"
    if kind == "bert" and config.hidden_act not in ("gelu", "gelu_new", "gelu_pytorch_tanh"):
        yield f"its activation is {config.hidden_act}, llama.cpp's bert has GELU"
    if kind in gguf_latent.TYPES:
        yield from _latent_reasons(kind, config)
    if kind == gguf_gemma.TYPE:
        yield from _gemma4_reasons(config)
    if kind == gguf_delta.TYPE:
        interval = _interval(config)
        kinds = ["linear_attention" if (i + 1) % interval else "full_attention" for i in range(len(config.layer_types))]
        if list(config.layer_types) != kinds:
            yield "its layers with attention do not come at one interval, as llama.cpp has them"
        if config.attention_bias:
            yield "llama.cpp's qwen35 has no biases in its attention"
    if kind == "llama4_text":
        yield from _llama4_reasons(config)
    if kind in ("smollm3", "llama4_text"):
        expected = [int((index + 1) % NO_ROPE_EVERY != 0) for index in range(config.num_hidden_layers)]
        if list(map(int, config.no_rope_layers)) != expected:
            yield f"its layers without positions are not every {NO_ROPE_EVERY}th, as llama.cpp has them"


def _llama4_reasons(config: Any) -> Iterator[str]:
    step = config.interleave_moe_layer_step
    if list(config.moe_layers) != list(range(step - 1, config.num_hidden_layers, step)):
        yield "its layers with experts do not come at one interval, as llama.cpp has them"
    if config.use_qk_norm != (config.num_local_experts != LARGEST_LLAMA4):
        yield f"llama.cpp's llama4 norms queries and keys in all models but that of {LARGEST_LLAMA4} experts"
    if config.attention_bias:
        yield "llama.cpp's llama4 has no biases in its attention"
    if config.max_position_embeddings <= LLAMA4_CHUNK:
        return  # nothing of what follows is reached
    if config.attention_chunk_size != LLAMA4_CHUNK:
        chunk = config.attention_chunk_size
        yield f"its layers with positions see chunks of {chunk} tokens, llama.cpp has {LLAMA4_CHUNK}"
    if (config.attn_temperature_tuning, config.floor_scale, config.attn_scale) != (True, LLAMA4_CHUNK, 0.1):
        yield "its attention is scaled along the text in another way than llama.cpp's llama4"


def _gemma4_reasons(config: Any) -> Iterator[str]:
    ropes = [config.rope_parameters.get(kind, {}).get("rope_type") for kind in ("sliding_attention", "full_attention")]
    if ropes != ["default", "proportional"]:
        yield f"its positions are of the kinds {ropes[0]} and {ropes[1]}, llama.cpp has default and proportional"


def _interval(config: Any) -> int:
    """Every how many-th layer of a Qwen3.5 has attention."""
    kinds = list(config.layer_types)
    return kinds.index("full_attention") + 1 if "full_attention" in kinds else len(kinds) + 1


def _latent_reasons(kind: str, config: Any) -> Iterator[str]:
    rope, groups = config.rope_parameters, config.n_group or 1
    if rope["rope_type"] == "yarn":
        if rope.get("mscale") != rope.get("mscale_all_dim"):
            yield "its positions are stretched with two scales that differ"
        if (rope.get("beta_fast", 32), rope.get("beta_slow", 1)) != (32, 1):
            yield "its positions are stretched with other bounds than 32 and 1"
    if kind == "deepseek_v2" and config.topk_method == "group_limited_greedy" and groups > 1:
        yield "llama.cpp chooses groups of experts as DeepSeek-V3 does"
    if kind == "deepseek_v3" and not config.rope_interleave:
        yield "llama.cpp's deepseek2 turns pairs of neighbors"
    if config.q_lora_rank is None and config.num_hidden_layers not in LITE:
        yield f"llama.cpp takes queries that are not latent in models of {' or '.join(map(str, LITE))} layers only"


def _ropes(config: Any) -> list[dict[str, Any]]:
    """The words on positions, one for all layers or one for each kind of them."""
    rope = getattr(config, "rope_parameters", None) or {"rope_type": "default"}
    return [rope] if "rope_type" in rope or "rope_theta" in rope else list(rope.values())


def add_keys(writer: gguf.GGUFWriter, model: Model) -> None:
    """Shapes, positions, norms."""
    config, anatomy = full_config(model), model.anatomy
    writer.add_block_count(len(anatomy.layers))
    writer.add_embedding_length(anatomy.hidden_size)
    if config.model_type != gguf_gemma.TYPE:
        inner = config.intermediate_size if form_of(model).experts else anatomy.intermediate_size
        inner = getattr(config, "intermediate_size_mlp", inner)
        writer.add_feed_forward_length(inner)
    writer.add_head_count(config.num_attention_heads)
    writer.add_vocab_size(anatomy.vocabulary)
    if config.model_type == "gpt2":
        writer.add_context_length(config.n_positions)
        writer.add_layer_norm_eps(config.layer_norm_epsilon)
        return
    writer.add_context_length(config.max_position_embeddings)
    if config.model_type == "bert":
        writer.add_layer_norm_eps(config.layer_norm_eps)
        writer.add_causal_attention(False)
        if (pooling := pooling_of(model)) is not None:
            writer.add_pooling_type(pooling)
        return
    if config.model_type in gguf_latent.TYPES:
        _add_latent(writer, config)
        return
    if config.model_type == gguf_gemma.TYPE:
        _add_gemma4(writer, config)
        return
    kinds = getattr(config, "layer_types", None) if config.model_type == "lfm2" else None
    writer.add_head_count_kv([anatomy.kv_heads * (kind != "conv") for kind in kinds] if kinds else anatomy.kv_heads)
    writer.add_layer_norm_rms_eps(config.norm_eps if config.model_type == "lfm2" else config.rms_norm_eps)
    writer.add_key_length(anatomy.head_dim)
    writer.add_value_length(anatomy.head_dim)
    _add_positions(writer, config, anatomy.head_dim)
    if config.model_type in ("gemma2", "gemma3_text", "gpt_oss", "phi3"):
        writer.add_sliding_window(config.sliding_window or config.max_position_embeddings)
    if config.model_type == "gemma2":
        writer.add_attn_logit_softcapping(config.attn_logit_softcapping)
        writer.add_final_logit_softcapping(config.final_logit_softcapping)
    if config.model_type in ("granite", "granitemoe"):
        writer.add_attention_scale(config.attention_multiplier)
        writer.add_embedding_scale(config.embedding_multiplier)
        writer.add_residual_scale(config.residual_multiplier)
        writer.add_logit_scale(config.logits_scaling)
    if config.model_type == gguf_delta.TYPE:
        _add_delta_nets(writer, config)
    if config.model_type == "lfm2":
        writer.add_shortconv_l_cache(config.conv_L_cache)
    if form_of(model).experts:
        _add_experts(writer, config)


def _add_positions(writer: gguf.GGUFWriter, config: Any, head_dim: int) -> None:
    """Of layers of two kinds those of the ones that see everything."""
    rope: dict[str, Any] = config.rope_parameters.get("full_attention", config.rope_parameters)
    writer.add_rope_freq_base(rope["rope_theta"])
    writer.add_rope_dimension_count(int(head_dim * rope.get("partial_rotary_factor", 1.0)))
    if rope["rope_type"] == "linear":
        writer.add_rope_scaling_type(gguf.RopeScalingType.LINEAR)
        writer.add_rope_scaling_factor(rope["factor"])
    if rope["rope_type"] == "yarn":
        writer.add_rope_scaling_type(gguf.RopeScalingType.YARN)
        if rope.get("mscale_all_dim"):
            writer.add_rope_scaling_yarn_log_mul(0.1 * rope["mscale_all_dim"])
        writer.add_rope_scaling_factor(rope["factor"])
        writer.add_rope_scaling_orig_ctx_len(rope["original_max_position_embeddings"])


def _add_delta_nets(writer: gguf.GGUFWriter, config: Any) -> None:
    """Qwen3.5: what its layers without attention are, and where those with it stand."""
    writer.add_ssm_conv_kernel(config.linear_conv_kernel_dim)
    writer.add_ssm_state_size(config.linear_key_head_dim)
    writer.add_ssm_group_count(config.linear_num_key_heads)
    writer.add_ssm_time_step_rank(config.linear_num_value_heads)
    writer.add_ssm_inner_size(config.linear_value_head_dim * config.linear_num_value_heads)
    writer.add_full_attention_interval(_interval(config))
    writer.add_rope_dimension_sections([*config.rope_parameters.get("mrope_section", [11, 11, 10]), 0])


def _add_gemma4(writer: gguf.GGUFWriter, config: Any) -> None:
    """Gemma 4: heads and positions of its two kinds of layers, what is read for each layer beside the hidden states."""
    layers = range(config.num_hidden_layers)
    windowed = [kind == "sliding_attention" for kind in config.layer_types]
    whole = config.per_layer_config[windowed.index(False)].head_dim
    narrow = config.per_layer_config[windowed.index(True)].head_dim if any(windowed) else whole
    widths = config.intermediate_size
    if config.use_double_wide_mlp:
        first = len(layers) - config.num_kv_shared_layers
        widths = [config.intermediate_size * (2 if layer >= first else 1) for layer in layers]
    writer.add_feed_forward_length(widths)
    writer.add_head_count_kv([config.per_layer_config[layer].num_key_value_heads for layer in layers])
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_key_length(whole)
    writer.add_value_length(whole)
    writer.add_key_length_swa(narrow)
    writer.add_value_length_swa(narrow)
    writer.add_rope_freq_base(config.rope_parameters["full_attention"]["rope_theta"])
    writer.add_rope_freq_base_swa(config.rope_parameters["sliding_attention"]["rope_theta"])
    writer.add_rope_dimension_count(whole)
    writer.add_rope_dimension_count_swa(narrow)
    writer.add_sliding_window(config.sliding_window)
    writer.add_sliding_window_pattern(windowed)
    writer.add_shared_kv_layers(config.num_kv_shared_layers)
    writer.add_embedding_length_per_layer_input(config.hidden_size_per_layer_input or 0)
    if config.enable_moe_block:
        writer.add_expert_count(config.num_experts)
        writer.add_expert_used_count(config.top_k_experts)
        writer.add_expert_feed_forward_length(config.moe_intermediate_size)
    if config.final_logit_softcapping:
        writer.add_final_logit_softcapping(config.final_logit_softcapping)


def _add_latent(writer: gguf.GGUFWriter, config: Any) -> None:
    """DeepSeek: keys and values are made of a latent vector for each head, as one matrix."""
    writer.add_head_count_kv(config.num_attention_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_key_length(config.qk_nope_head_dim + config.qk_rope_head_dim)
    writer.add_value_length(config.v_head_dim)
    writer.add_kv_lora_rank(config.kv_lora_rank)
    if config.q_lora_rank is not None:
        writer.add_q_lora_rank(config.q_lora_rank)
    _add_positions(writer, config, config.qk_rope_head_dim)
    is_sigmoid = config.model_type == "deepseek_v3"
    writer.add_leading_dense_block_count(config.first_k_dense_replace)
    writer.add_expert_count(config.n_routed_experts)
    writer.add_expert_used_count(config.num_experts_per_tok)
    writer.add_expert_shared_count(config.n_shared_experts)
    writer.add_expert_feed_forward_length(config.moe_intermediate_size)
    writer.add_expert_weights_scale(config.routed_scaling_factor)
    writer.add_expert_weights_norm(is_sigmoid and bool(config.norm_topk_prob))
    writer.add_expert_gating_func(
        gguf.ExpertGatingFuncType.SIGMOID if is_sigmoid else gguf.ExpertGatingFuncType.SOFTMAX
    )
    if is_sigmoid and (config.n_group or 1) > 1:
        writer.add_expert_group_count(config.n_group)
        writer.add_expert_group_used_count(config.topk_group)


def _add_experts(writer: gguf.GGUFWriter, config: Any) -> None:
    """Add the number of experts, how many a token gets, and their width."""
    writer.add_expert_count(getattr(config, "num_experts", None) or config.num_local_experts)
    writer.add_expert_used_count(config.num_experts_per_tok)
    if config.model_type == "llama4_text":
        writer.add_interleave_moe_layer_step(config.interleave_moe_layer_step)
    if config.model_type in ("qwen3_moe", "gpt_oss", "llama4_text"):
        writer.add_expert_feed_forward_length(
            getattr(config, "moe_intermediate_size", None) or config.intermediate_size
        )
