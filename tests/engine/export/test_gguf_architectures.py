"""Architectures beside those of `test_gguf`: llama.cpp computes what the model does, and the file is read back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gguf
import pytest
import torch
from models import byte_tokenizer, with_merges
from recording_stage import compress, logits
from transformers import AutoConfig, AutoModelForCausalLM

from engine.export.gguf_keys import why_not
from engine.export.registry import export_format
from engine.export.verify_llama_cpp import log_probabilities, serve
from engine.models.source import load_tokenizer, open_model

pytest.importorskip("xllamacpp")
SIZE: dict[str, Any] = {
    "vocab_size": 260, "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "max_position_embeddings": 128, "bos_token_id": 256, "eos_token_id": 257,
    "pad_token_id": 258,
}  # fmt: skip
EXPERTS = {"num_experts": 4, "num_experts_per_tok": 2}
KINDS: dict[str, dict[str, Any]] = {
    "olmo2": {},
    "smollm3": {"num_hidden_layers": 4},
    "granite": {"attention_multiplier": 0.3, "embedding_multiplier": 2.0, "residual_multiplier": 0.5,
                "logits_scaling": 4.0},
    "gemma3_text": {"head_dim": 16, "num_hidden_layers": 6, "query_pre_attn_scalar": 16, "sliding_window": 8},
    "qwen3_moe": {**EXPERTS, "head_dim": 16, "moe_intermediate_size": 32, "norm_topk_prob": True},
    "olmoe": {**EXPERTS, "num_key_value_heads": 4},
    "mixtral": {"num_local_experts": 4},
    "gpt_oss": {"num_local_experts": 4, "num_experts_per_tok": 2, "head_dim": 16, "sliding_window": 8,
                "intermediate_size": 64, "rope_parameters": {"rope_type": "default", "rope_theta": 1e4}},
    "lfm2": {"layer_types": ["conv", "full_attention"], "block_auto_adjust_ff_dim": False},
}  # fmt: skip
PROMPT = [token * 7 % 250 for token in range(24)]


def tiny(kind: str, folder: Path, **more: Any) -> Path:
    """A random model whose norms and biases are random too."""
    config = AutoConfig.for_model(kind, **{**SIZE, **KINDS[kind], **more})
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(config)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.ndim > 1:
                parameter.normal_(0, 0.08)
            else:
                parameter.copy_(float("norm" in name) + 0.2 * torch.randn_like(parameter))
    model.save_pretrained(folder / "plain")
    byte_tokenizer().save_pretrained(folder / "plain")
    return with_merges(folder / "plain", folder / "model")


def written(source: Path, folder: Path) -> Path:
    entry, model = export_format("gguf"), open_model(source)
    promised = entry.expected_bytes(model, entry.options())
    entry.write(model, folder, entry.options(), lambda *_: None)
    (file,) = folder.glob("*.gguf")
    assert file.stat().st_size == promised
    return file


def last(found: torch.Tensor) -> torch.Tensor:
    """Log-probabilities of what follows the first row of the tokens that `logits` gives."""
    return torch.log_softmax(found[0, -1], -1)


@pytest.mark.parametrize("kind", KINDS)
def test_llama_cpp_computes_the_same(kind: str, tmp_path: Path) -> None:
    source = tiny(kind, tmp_path)
    if "experts" not in str(KINDS[kind]):
        file, allowed = written(source, tmp_path / "dense"), 0.01 if "gemma" in kind else 1e-3  # GELU from a table
    else:  # experts in blocks, which llama.cpp multiplies with inputs that it rounds
        compress(source, "round_to_nearest", {"format": "int8", "group_size": 32}, tmp_path / "packed")
        source = tmp_path / "packed" / "artifact"
        file, allowed = written(source, tmp_path / "packed" / "out"), 0.1
        blocks = [t for t in gguf.GGUFReader(file).tensors if "_exps.weight" in t.name]
        assert blocks and all(t.tensor_type == gguf.GGMLQuantizationType.Q8_0 for t in blocks)
    ours = logits(source)
    theirs = log_probabilities(serve(file, 64), PROMPT, 260)
    assert float((last(ours) - theirs).abs().max()) < allowed * float(ours.std())
    back = open_model(file)
    assert torch.equal(logits(back), ours)
    if "gemma" in kind:  # transformers reads tokenizers of Gemma's own kind from such files
        return
    assert load_tokenizer(back)("he said")["input_ids"] == load_tokenizer(open_model(source))("he said")["input_ids"]


def test_a_file_with_experts_leaves_bit_for_bit(tmp_path: Path) -> None:
    compress(tiny("mixtral", tmp_path), "round_to_nearest", {"format": "int4", "group_size": 32}, tmp_path / "a")
    first = written(tmp_path / "a" / "artifact", tmp_path / "a" / "out")
    again = written(first, tmp_path / "b")
    before, after = ({t.name: t for t in gguf.GGUFReader(file).tensors} for file in (first, again))
    assert before.keys() == after.keys()
    for name, tensor in before.items():
        assert tensor.tensor_type == after[name].tensor_type and (tensor.data == after[name].data).all(), name


@pytest.mark.parametrize(
    ("kind", "more", "reason"),
    [
        ("qwen3_moe", {"norm_topk_prob": False}, "normalizes the weights"),
        ("olmoe", {"num_key_value_heads": 2}, "as many heads"),
        ("smollm3", {"no_rope_layers": [1, 1, 1, 1]}, "layers without positions"),
        ("gemma3_text", {"sliding_window_pattern": 3}, "all but every 6th"),
    ],
)
def test_what_llama_cpp_takes_for_granted_is_refused(
    kind: str, more: dict[str, Any], reason: str, tmp_path: Path
) -> None:
    assert reason in why_not(open_model(tiny(kind, tmp_path, **more)))
