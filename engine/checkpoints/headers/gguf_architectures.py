"""GGUF's architectures in the words of Hugging Face: keys, modules, and how llama.cpp lays values out. Torch-free.

The names of tensors and keys are those that llama.cpp's convert_hf_to_gguf.py writes; what the file calls a module is
known to the gguf package.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

_KEYS = {
    "context_length": "max_position_embeddings",
    "block_count": "num_hidden_layers",
    "feed_forward_length": "intermediate_size",
    "embedding_length": "hidden_size",
    "rope.freq_base": "rope_theta",
    "attention.head_count": "num_attention_heads",
    "attention.head_count_kv": "num_key_value_heads",
    "attention.layer_norm_rms_epsilon": "rms_norm_eps",
}
_GEMMA_KEYS = {**_KEYS, "attention.key_length": "head_dim"}
_LLAMA_KEYS = {**_KEYS, "rope.dimension_count": "head_dim"}
_SLIDING = {"attention.sliding_window": "sliding_window"}
_GEMMA2_KEYS = {
    **_GEMMA_KEYS,
    **_SLIDING,
    "attn_logit_softcapping": "attn_logit_softcapping",
    "final_logit_softcapping": "final_logit_softcapping",
}
_GEMMA4_KEYS = {
    **_KEYS,
    **_SLIDING,
    "expert_count": "num_experts",
    "expert_used_count": "top_k_experts",
    "expert_feed_forward_length": "moe_intermediate_size",
    "attention.key_length": "global_head_dim",
    "final_logit_softcapping": "final_logit_softcapping",
}
_GRANITE_KEYS = {
    **_KEYS,
    "attention.scale": "attention_multiplier",
    "embedding_scale": "embedding_multiplier",
    "residual_scale": "residual_multiplier",
    "logit_scale": "logits_scaling",
}
_GPT2_KEYS = {
    "context_length": "n_positions",
    "block_count": "n_layer",
    "feed_forward_length": "n_inner",
    "embedding_length": "n_embd",
    "attention.head_count": "n_head",
    "attention.layer_norm_epsilon": "layer_norm_epsilon",
}
_BERT_KEYS = {
    **{key: name for key, name in _KEYS.items() if not key.endswith(("freq_base", "head_count_kv", "rms_epsilon"))},
    "attention.layer_norm_epsilon": "layer_norm_eps",
}
_ROUTED = {"expert_count": "num_experts", "expert_used_count": "num_experts_per_tok"}
_LOCAL = {"expert_count": "num_local_experts", "expert_used_count": "num_experts_per_tok"}
_NARROW = {"expert_feed_forward_length": "moe_intermediate_size"}
_LLAMA4_KEYS = {
    **_LLAMA_KEYS,
    **_LOCAL,
    "feed_forward_length": "intermediate_size_mlp",
    "expert_feed_forward_length": "intermediate_size",
    "interleave_moe_layer_step": "interleave_moe_layer_step",
}
_ATTENTION = tuple(f"self_attn.{name}" for name in ("q_proj", "k_proj", "v_proj", "o_proj"))
_HEAD_NORMS = ("self_attn.q_norm", "self_attn.k_norm")
_MLP = tuple(f"mlp.{name}" for name in ("gate_proj", "up_proj", "down_proj"))
_NORMS = ("input_layernorm", "post_attention_layernorm")
_LLAMA = (*_NORMS, *_ATTENTION, *_HEAD_NORMS, *_MLP)
_POST_NORMS = ("pre_feedforward_layernorm", "post_feedforward_layernorm")
_GEMMA2 = (*_LLAMA, *_POST_NORMS)
_PER_LAYER = ("per_layer_input_gate", "per_layer_projection", "post_per_layer_input_norm", "layer_scalar")
_BESIDE_EXPERTS = (
    *("router.proj", "experts.down_proj", "pre_feedforward_layernorm_2"),
    *("post_feedforward_layernorm_1", "post_feedforward_layernorm_2"),
)
_BESIDE = ("embed_tokens_per_layer", "per_layer_model_projection", "per_layer_projection_norm")
_GPT2 = ("ln_1", "ln_2", "attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj")
_GPT_OSS = (*_NORMS, *_ATTENTION, "self_attn.sinks", "mlp.router")
_DEEPSEEK_KEYS = {
    **{key: name for key, name in _KEYS.items() if key != "attention.head_count_kv"},
    "attention.kv_lora_rank": "kv_lora_rank",
    "rope.dimension_count": "qk_rope_head_dim",
    "expert_count": "n_routed_experts",
    "expert_used_count": "num_experts_per_tok",
    "expert_shared_count": "n_shared_experts",
    "expert_feed_forward_length": "moe_intermediate_size",
    "expert_weights_scale": "routed_scaling_factor",
}
_DELTA_KEYS = {
    **_GEMMA_KEYS,
    "ssm.conv_kernel": "linear_conv_kernel_dim",
    "ssm.state_size": "linear_key_head_dim",
    "ssm.group_count": "linear_num_key_heads",
    "ssm.time_step_rank": "linear_num_value_heads",
}
_DELTA_NET = ("in_proj_qkv", "in_proj_z", "in_proj_b", "in_proj_a", "conv1d", "dt_proj", "A_log", "norm", "out_proj")
_LATENT = ("q_proj", "q_a_proj", "q_a_layernorm", "q_b_proj", "kv_a_proj_with_mqa", "kv_a_layernorm", "kv_b_proj")
_DEEPSEEK = (
    *(*_NORMS, *_MLP, "self_attn.o_proj", "mlp.gate", "mlp.gate.e_score_correction"),
    *(f"self_attn.{name}" for name in _LATENT),
    *(f"mlp.shared_experts.{name}" for name in ("gate_proj", "up_proj", "down_proj")),
)
_LLAMA4 = (
    *(*_NORMS, *_ATTENTION, "feed_forward.router"),
    *(f"feed_forward.{name}" for name in ("gate_proj", "up_proj", "down_proj")),
    *(f"feed_forward.shared_expert.{name}" for name in ("gate_proj", "up_proj", "down_proj")),
)
_LFM2 = (
    *("operator_norm", "ffn_norm", "conv.conv", "conv.in_proj", "conv.out_proj"),
    *(f"self_attn.{name}" for name in ("q_proj", "k_proj", "v_proj", "out_proj", "q_layernorm", "k_layernorm")),
    *(f"feed_forward.{name}" for name in ("w1", "w2", "w3")),
)
_BERT_BEFORE = ("word_embeddings", "position_embeddings", "token_type_embeddings", "LayerNorm")
_BERT = (
    *(f"attention.self.{name}" for name in ("query", "key", "value")),
    *("attention.output.dense", "attention.output.LayerNorm", "intermediate.dense", "output.dense", "output.LayerNorm"),
)


@dataclass(frozen=True, eq=False)
class Architecture:
    """One GGUF architecture in Hugging Face form: its name, its keys, and the modules of a layer and
    outside of them.

    permuted: rows of q and k stand in the order in which llama.cpp rotates them. plus_one: norms are stored as 1 + w,
    but for those whose names end as ``plain_norms`` do.
    experts: the module of a layer that holds the tensors of its experts; gate_up: how its gate and up rows, which the
    file has apart, stand in one matrix; "together": as in the file. turned: weights that are (in, out) in Hugging Face
    form, by how they end.
    defaults: of the config, where they are not those of the class.
    kind: of the anatomy: what is written of an encoder is the network without a head.
    """

    gguf: str
    model_type: str
    keys: dict[str, str]
    inside: tuple[str, ...] = _LLAMA
    outside: tuple[str, ...] = ("model.embed_tokens", "model.norm", "lm_head")
    layers: str = "model.layers"
    permuted: bool = False
    plus_one: bool = False
    plain_norms: tuple[str, ...] = ()
    experts: str = ""
    gate_up: Literal["behind", "interleaved", "together"] = "behind"
    turned: tuple[str, ...] = ()
    defaults: tuple[tuple[str, object], ...] = ()
    kind: Literal["decoder", "encoder"] = "decoder"

    def adds_one(self, name: str) -> bool:
        """True for a tensor of which the file holds 1 + w."""
        return self.plus_one and name.endswith("norm.weight") and not name.endswith(self.plain_norms or ("\0",))


BARE = (".sinks", ".A_log", ".layer_scalar")
"""Ends of the names of tensors that are no module's weight in Hugging Face form."""
LEAFLESS = (".ssm_a",)
"""Ends of names in the file that have nothing like ``.weight`` behind them."""
SPELLED = {
    ".e_score_correction_bias": ".e_score_correction.bias",
    ".dt_bias": ".dt_proj.bias",
    ".router.scale": ".router.proj.scale",
    ".router.per_expert_scale": ".experts.down_proj.scale",
    **{
        f".block_sparse_moe.experts.{word}_proj.weight": f".block_sparse_moe.experts.{word}.weight"
        for word in ("gate", "up", "down")
    },
    ".block_sparse_moe.router.weight": ".block_sparse_moe.gate.weight",
    "pooler.dense.weight": "classifier.dense.weight",
    "pooler.dense.bias": "classifier.dense.bias",
}
"""Ends of names in Hugging Face form -> for the gguf package's tables."""
ONE_CHANNEL = (".conv.conv.weight", ".conv1d.weight")
"""Convolutions, (outputs, 1, width): the file leaves the one channel out."""


def spelled(name: str) -> str:
    """A tensor's name as the gguf package's tables know it."""
    end = next((end for end in SPELLED if name.endswith(end)), "")
    return name.removesuffix(end) + SPELLED[end] if end else name


def respelled(name: str) -> str:
    """The other way."""
    end, own = next(((end, own) for own, end in SPELLED.items() if name.endswith(end)), ("", ""))
    return name.removesuffix(end) + own


def _by_type(*rows: Architecture) -> dict[str, Architecture]:
    return {row.model_type: row for row in rows}


BY_TYPE = _by_type(
    Architecture("llama", "llama", _LLAMA_KEYS, permuted=True),
    Architecture("llama", "mistral", _LLAMA_KEYS, permuted=True),
    Architecture(
        "llama", "mixtral", {**_LLAMA_KEYS, **_LOCAL}, (*_LLAMA, "mlp.gate"), permuted=True, experts="mlp.experts"
    ),
    Architecture("llama4", "llama4_text", _LLAMA4_KEYS, _LLAMA4, experts="feed_forward.experts"),
    Architecture("qwen2", "qwen2", _KEYS),
    Architecture("qwen3", "qwen3", _GEMMA_KEYS),
    Architecture(
        "qwen3moe",
        "qwen3_moe",
        {**_GEMMA_KEYS, **_ROUTED, **_NARROW},
        (*_LLAMA, "mlp.gate"),
        experts="mlp.experts",
        defaults=(("norm_topk_prob", True),),
    ),
    Architecture("phi3", "phi3", _KEYS, (*_LLAMA, "self_attn.qkv_proj", "mlp.gate_up_proj")),
    Architecture("gemma", "gemma", _GEMMA_KEYS, plus_one=True),
    Architecture("gemma2", "gemma2", _GEMMA2_KEYS, _GEMMA2, plus_one=True),
    Architecture("gemma3", "gemma3_text", _GEMMA2_KEYS, _GEMMA2, plus_one=True),
    Architecture(
        "gemma4",
        "gemma4_text",
        _GEMMA4_KEYS,
        (*_GEMMA2, *_PER_LAYER, *_BESIDE_EXPERTS),
        ("model.embed_tokens", "model.norm", "lm_head", *(f"model.{name}" for name in _BESIDE)),
        experts="experts",
        gate_up="together",
    ),
    Architecture(
        "gpt2",
        "gpt2",
        _GPT2_KEYS,
        _GPT2,
        ("transformer.wte", "transformer.wpe", "transformer.ln_f", "lm_head"),
        "transformer.h",
        turned=(".c_attn.weight", ".c_proj.weight", ".c_fc.weight"),
    ),
    Architecture("olmo2", "olmo2", _KEYS, (*_LLAMA[1:], "post_feedforward_layernorm")),
    Architecture("olmoe", "olmoe", {**_KEYS, **_ROUTED}, (*_LLAMA, "mlp.gate"), experts="mlp.experts"),
    Architecture("smollm3", "smollm3", _KEYS, permuted=True),
    Architecture("granite", "granite", _GRANITE_KEYS, permuted=True),
    Architecture(
        "granitemoe",
        "granitemoe",
        {**_GRANITE_KEYS, **_LOCAL},
        (*_LLAMA, "block_sparse_moe.gate"),
        permuted=True,
        experts="block_sparse_moe.experts",
    ),
    Architecture(
        "gpt-oss",
        "gpt_oss",
        {**_GEMMA_KEYS, **_SLIDING, **_LOCAL, "expert_feed_forward_length": "intermediate_size"},
        _GPT_OSS,
        experts="mlp.experts",
        gate_up="interleaved",
    ),
    Architecture(
        "qwen35",
        "qwen3_5_text",
        _DELTA_KEYS,
        (*_LLAMA, *(f"linear_attn.{name}" for name in _DELTA_NET)),
        plus_one=True,
        plain_norms=(".linear_attn.norm.weight",),
    ),
    Architecture("deepseek2", "deepseek_v2", _DEEPSEEK_KEYS, _DEEPSEEK, experts="mlp.experts"),
    Architecture("deepseek2", "deepseek_v3", _DEEPSEEK_KEYS, _DEEPSEEK, experts="mlp.experts"),
    Architecture(
        "lfm2",
        "lfm2",
        {**_KEYS, "shortconv.l_cache": "conv_L_cache", "attention.layer_norm_rms_epsilon": "norm_eps"},
        _LFM2,
        ("model.embed_tokens", "model.embedding_norm", "lm_head"),
        defaults=(("block_auto_adjust_ff_dim", False),),
    ),
    Architecture(
        "bert",
        "bert",
        _BERT_KEYS,
        _BERT,
        (*(f"embeddings.{name}" for name in _BERT_BEFORE), "classifier.dense"),
        "encoder.layer",
        defaults=(("architectures", ["BertModel"]),),
        kind="encoder",
    ),
)
"""Hugging Face model type -> how it is written."""
ARCHITECTURES = {row.gguf: row for row in reversed(BY_TYPE.values())}
"""GGUF architecture -> what it is read as, the first of those that are written so."""
REQUIRED = ("context_length", "block_count", "feed_forward_length", "embedding_length", "attention.head_count")
"""Keys whose numbers have no default that every model of an architecture shares."""
REALS = ("rope.freq_base", "attn_logit_softcapping", "final_logit_softcapping", "epsilon", "_scale", ".scale")
"""Ends of the keys whose numbers need not be whole."""


def of_file(gguf: str, *, has_experts: bool, has_sigmoid: bool) -> Architecture | None:
    """The entry that a file's architecture is read as; None for an unknown one. ``has_sigmoid``: its experts are gated
    by one."""
    if gguf == "llama" and has_experts:
        return BY_TYPE["mixtral"]
    if gguf == "deepseek2" and has_sigmoid:
        return BY_TYPE["deepseek_v3"]
    return ARCHITECTURES.get(gguf)
