"""Write GGUF files as llama.cpp's converter does, with the names of the gguf package."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gguf
import numpy as np
import torch
from transformers import AutoModelForCausalLM

from engine.numerics.ggml.quantize import quantize

ARCHITECTURES = {
    "llama": "llama",
    "llama_untied": "llama",
    "odd": "llama",
    "wide": "llama",
    "qwen2": "qwen2",
    "qwen3": "qwen3",
    "gemma": "gemma",
    "gemma2": "gemma2",
    "phi3": "phi3",
    "gpt2": "gpt2",
}
"""Kind of tiny model -> GGUF architecture."""


def write_gguf(
    kind: str, folder: Path, target: Path, dtype: str = "F32", types: tuple[str, ...] = (), **more: Any
) -> Path:
    """Convert the tiny model in ``folder``. Matrices are stored as ``dtype``, or the first ones of the layers as
    ``types``, one after the other, the rest as F32. ``more``: further integer keys, after the architecture's name and a
    dot."""
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    architecture = ARCHITECTURES[kind]
    writer = gguf.GGUFWriter(target, architecture)
    _write_keys(writer, architecture, model.config)
    for key, value in more.items():
        writer.add_uint32(f"{architecture}.{key}", value)
    names = _names(architecture, model)
    waiting = list(types)
    for name, tensor in model.state_dict().items():
        if name == "lm_head.weight" and model.config.tie_word_embeddings:
            continue
        own = waiting.pop(0) if waiting and tensor.ndim == 2 and ".layers." in name else dtype
        _write_tensor(writer, names[name], _converted(architecture, name, tensor, model.config), own)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return target


def _write_tensor(writer: gguf.GGUFWriter, name: str, tensor: torch.Tensor, dtype: str) -> None:
    array = tensor.contiguous().numpy()
    if array.ndim < 2 or dtype == "F32":
        writer.add_tensor(name, array)
    elif dtype == "F16":
        writer.add_tensor(name, array.astype(np.float16))
    else:
        kind = gguf.GGMLQuantizationType[dtype]
        try:
            blocks = gguf.quants.quantize(array, kind)
        except NotImplementedError:  # the package reads the format only
            blocks = quantize(tensor, dtype).numpy()
        writer.add_tensor(name, blocks, raw_dtype=kind)


def _names(architecture: str, model: Any) -> dict[str, str]:
    arch = next(key for key, value in gguf.MODEL_ARCH_NAMES.items() if value == architecture)
    found = gguf.get_tensor_name_map(arch, model.config.num_hidden_layers)
    names = {}
    for name in model.state_dict():
        stem, _, leaf = name.rpartition(".")
        names[name] = f"{found.get_name(stem)}.{leaf}"
    return names


def _converted(architecture: str, name: str, tensor: torch.Tensor, config: Any) -> torch.Tensor:
    if architecture == "llama" and ("q_proj" in name or "k_proj" in name):
        heads = config.num_attention_heads if "q_proj" in name else config.num_key_value_heads
        split = tensor.reshape(heads, 2, tensor.shape[0] // heads // 2, *tensor.shape[1:])
        return split.swapaxes(1, 2).reshape(tensor.shape)
    if architecture.startswith("gemma") and name.endswith("norm.weight"):
        return tensor + 1
    if architecture == "gpt2" and name.endswith(("c_attn.weight", "c_proj.weight", "c_fc.weight")):
        return tensor.t()
    return tensor


def _write_keys(writer: gguf.GGUFWriter, architecture: str, config: Any) -> None:
    writer.add_context_length(config.max_position_embeddings)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_embedding_length(config.hidden_size)
    writer.add_head_count(config.num_attention_heads)
    if architecture == "gpt2":
        writer.add_feed_forward_length(4 * config.hidden_size)
        writer.add_layer_norm_eps(config.layer_norm_epsilon)
    else:
        writer.add_feed_forward_length(config.intermediate_size)
        writer.add_head_count_kv(config.num_key_value_heads)
        writer.add_layer_norm_rms_eps(config.rms_norm_eps)
        writer.add_rope_freq_base(config.rope_parameters["rope_theta"])
        size = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
        writer.add_key_length(size)
        writer.add_value_length(size)
        writer.add_rope_dimension_count(size)
    if architecture == "gemma2":
        writer.add_sliding_window(config.sliding_window)
        writer.add_attn_logit_softcapping(config.attn_logit_softcapping)
        writer.add_final_logit_softcapping(config.final_logit_softcapping)
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list([f"t{index}" for index in range(config.vocab_size)])
    writer.add_bos_token_id(256)
    writer.add_eos_token_id(257)
    if config.pad_token_id is not None:
        writer.add_pad_token_id(config.pad_token_id)
