"""Tiny random models with every property that trips methods: GQA, biases, fused and transposed weights, odd widths."""

from __future__ import annotations

import json
import shutil
import string
from pathlib import Path
from typing import Any

import torch
import transformers
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import AutoConfig, AutoModel, AutoModelForCausalLM, AutoModelForSeq2SeqLM, PreTrainedTokenizerFast

from engine.numerics.randomness import Random

DECODERS = (
    "llama",
    "llama_untied",
    "mistral",
    "qwen2",
    "qwen3",
    "gemma",
    "gemma2",
    "phi3",
    "gpt2",
    "opt",
    "gpt_neox",
    "odd",
)
ENCODERS = ("bert",)
ENCODER_DECODERS = ("t5", "bart")
"""They have tests of their own, as `IRREGULAR`."""
KINDS = (*DECODERS, *ENCODERS)
IRREGULAR = ("qwen3_moe", "gpt_oss", "nemotron_h")
"""Experts in one tensor, stored one by one or together and transposed; a state space and experts without a gate. Not
among `KINDS`: the matrix of all methods is long enough, they have one of their own."""
VOCABULARY = 260
"""Byte-level: 256 bytes and four special tokens."""

_LLAMA: dict[str, Any] = {
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 256,
    "bos_token_id": 256,
    "eos_token_id": 257,
    "pad_token_id": 258,
}
_CONFIGS: dict[str, tuple[str, dict[str, Any]]] = {
    "llama": ("llama", {**_LLAMA, "tie_word_embeddings": True}),
    "llama_untied": ("llama", {**_LLAMA, "tie_word_embeddings": False}),
    "wide": (
        "llama",
        {
            **_LLAMA,
            "hidden_size": 256,
            "intermediate_size": 256,
            "num_hidden_layers": 3,
            "num_key_value_heads": 4,
            "tie_word_embeddings": True,
        },
    ),
    "mistral": ("mistral", {**_LLAMA, "tie_word_embeddings": False}),
    "qwen2": ("qwen2", {**_LLAMA, "tie_word_embeddings": True}),
    "qwen3": ("qwen3", {**_LLAMA, "head_dim": 32, "tie_word_embeddings": True}),
    "gemma": ("gemma", {**_LLAMA, "head_dim": 16}),
    "gemma2": ("gemma2", {**_LLAMA, "head_dim": 16, "sliding_window": 64}),
    "phi3": ("phi3", {**_LLAMA}),
    "gpt2": (
        "gpt2",
        {"n_embd": 64, "n_layer": 2, "n_head": 4, "n_positions": 256, "bos_token_id": 256, "eos_token_id": 257},
    ),
    "opt": (
        "opt",
        {
            "hidden_size": 64,
            "ffn_dim": 96,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "max_position_embeddings": 256,
            "word_embed_proj_dim": 64,
            "bos_token_id": 256,
            "eos_token_id": 257,
            "pad_token_id": 258,
        },
    ),
    "gpt_neox": ("gpt_neox", {**{k: v for k, v in _LLAMA.items() if k != "num_key_value_heads"}}),
    "odd": (
        "llama",
        {
            **_LLAMA,
            "hidden_size": 60,
            "intermediate_size": 88,
            "num_attention_heads": 6,
            "num_key_value_heads": 3,
            "head_dim": 10,
            "tie_word_embeddings": True,
            "attention_bias": True,
        },
    ),
    "qwen3_moe": (
        "qwen3_moe",
        {
            **_LLAMA,
            "head_dim": 16,
            "num_experts": 16,
            "num_experts_per_tok": 2,
            "moe_intermediate_size": 128,
            "tie_word_embeddings": True,
        },
    ),
    "mixtral": ("mixtral", {**_LLAMA, "num_local_experts": 4, "num_experts_per_tok": 2, "head_dim": 16}),
    "gpt_oss": (
        "gpt_oss",
        {**_LLAMA, "intermediate_size": 64, "head_dim": 16, "num_local_experts": 4, "num_experts_per_tok": 2},
    ),
    "llama4": (
        "llama4_text",
        {**_LLAMA, "intermediate_size_mlp": 96, "head_dim": 16, "num_local_experts": 4, "num_experts_per_tok": 1},
    ),
    "granitemoe": ("granitemoe", {**_LLAMA, "num_local_experts": 4, "num_experts_per_tok": 2}),
    "nemotron_h": (
        "nemotron_h",
        {
            **_LLAMA,
            "layers_block_type": ["mamba", "moe", "attention"],
            "num_hidden_layers": 3,
            "head_dim": 16,
            "n_routed_experts": 4,
            "num_experts_per_tok": 2,
            "moe_intermediate_size": 64,
            "moe_shared_expert_intermediate_size": 64,
            "mamba_num_heads": 4,
            "mamba_head_dim": 32,
            "ssm_state_size": 16,
            "n_groups": 1,
        },
    ),
    "t5": (
        "t5",
        {
            "d_model": 64,
            "d_ff": 96,
            "num_layers": 2,
            "num_heads": 4,
            "d_kv": 16,
            "feed_forward_proj": "gated-gelu",
            "tie_word_embeddings": False,
            "decoder_start_token_id": 258,
            "pad_token_id": 258,
            "eos_token_id": 257,
        },
    ),
    "bart": (
        "bart",
        {
            "d_model": 64,
            "encoder_layers": 2,
            "decoder_layers": 2,
            "encoder_ffn_dim": 96,
            "decoder_ffn_dim": 96,
            "encoder_attention_heads": 4,
            "decoder_attention_heads": 4,
            "max_position_embeddings": 256,
            "decoder_start_token_id": 257,
            "forced_eos_token_id": 257,
            "bos_token_id": 256,
            "eos_token_id": 257,
            "pad_token_id": 258,
        },
    ),
    "bert": (
        "bert",
        {
            "hidden_size": 64,
            "intermediate_size": 96,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "max_position_embeddings": 256,
            "pad_token_id": 258,
        },
    ),
}


ALL_KINDS = tuple(_CONFIGS)
"""Everything that `tiny_model` builds."""


def tiny_model(kind: str, folder: Path, dtype: torch.dtype = torch.float32, seed: int = 0) -> Path:
    """Write a tiny random model with a byte-level tokenizer to ``folder`` and return it.

    Norm weights and biases are random too: fusion errors stay invisible with ones and zeros.
    """
    model_type, values = _CONFIGS[kind]
    config = AutoConfig.for_model(model_type, vocab_size=VOCABULARY, **values)
    auto = AutoModel if kind in ENCODERS else AutoModelForCausalLM
    auto = AutoModelForSeq2SeqLM if kind in ENCODER_DECODERS else auto
    random = Random(seed)
    with torch.no_grad():
        with random.drawing():
            model = auto.from_config(config)
        for name, parameter in model.named_parameters():
            if parameter.ndim == 1:
                offset = 1.0 if "norm" in name.lower() or "ln_" in name else 0.0
                parameter.copy_(offset + 0.3 * torch.randn(parameter.shape, generator=random.cpu))
    transformers.logging.set_verbosity_error()
    model.to(dtype).save_pretrained(folder)
    byte_tokenizer().save_pretrained(folder)
    return folder


def byte_tokenizer() -> PreTrainedTokenizerFast:
    """A byte-level tokenizer without merges; 256 = begin, 257 = end, 258 = pad, 259 = unknown."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab={char: index for index, char in enumerate(alphabet)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", pad_token="<pad>", unk_token="<unk>"
    )


def wordpiece_tokenizer(*, lower: bool = True) -> PreTrainedTokenizerFast:
    """BERT's kind, of single letters and some pieces; it puts [CLS] and [SEP] around a text."""
    special, letters = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"], string.ascii_letters + string.digits
    words = [*special, *letters, *string.punctuation, *(f"##{letter}" for letter in letters), "he", "##llo", "the"]
    words += [f"[unused{number}]" for number in range(VOCABULARY - len(words))]
    tokenizer = Tokenizer(models.WordPiece({word: index for index, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lower)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    names = ("unk", "pad", "cls", "sep", "mask")
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, **{f"{name}_token": f"[{name.upper()}]" for name in names}
    )


def with_merges(folder: Path, target: Path) -> Path:
    """A copy of a model whose byte-level tokenizer joins two letters, as every real one does."""
    shutil.copytree(folder, target)
    file = target / "tokenizer.json"
    data = json.loads(file.read_text("utf-8"))
    number = next(entry["id"] for entry in data["added_tokens"] if entry["content"] == "<unk>")
    data["added_tokens"] = [entry for entry in data["added_tokens"] if entry["id"] != number]
    data["model"]["vocab"]["he"] = number
    data["model"]["merges"] = [["h", "e"]]
    file.write_text(json.dumps(data), "utf-8")
    if (config := json.loads((target / "config.json").read_text("utf-8"))).get("query_pre_attn_scalar"):
        config["query_pre_attn_scalar"] = config["head_dim"]  # as in all Gemma 2 that there are
        (target / "config.json").write_text(json.dumps(config), "utf-8")
    config = json.loads((target / "tokenizer_config.json").read_text("utf-8"))
    config.pop("unk_token")
    (target / "tokenizer_config.json").write_text(json.dumps(config), "utf-8")
    return target


def with_mxfp4(folder: Path) -> Path:
    """A gpt-oss with its experts in random MXFP4 as they are published, two tensors each; changed in its place."""
    draw = torch.Generator().manual_seed(0)
    tensors = {}
    for name, tensor in load_file(folder / "model.safetensors").items():
        if name.endswith(("gate_up_proj", "down_proj")):
            experts, inputs, outputs = tensor.shape
            shape = (experts, outputs, inputs // 32, 16)
            tensors[f"{name}_blocks"] = torch.randint(256, shape, dtype=torch.uint8, generator=draw)
            tensors[f"{name}_scales"] = torch.randint(121, 125, shape[:-1], dtype=torch.uint8, generator=draw)
        else:
            tensors[name] = tensor
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    config = json.loads((folder / "config.json").read_text())
    config["quantization_config"] = {"quant_method": "mxfp4", "modules_to_not_convert": ["lm_head"]}
    (folder / "config.json").write_text(json.dumps(config))
    return folder
