"""Layers that transformers can't load packed are refused with the reason, and what it loads otherwise is verified."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import transformers

from engine.export.formats.unpackable import asked_for, without_samples
from engine.export.registry import export_format
from engine.export.verification.check import export
from engine.methods.registry import method
from engine.models.source import open_model
from engine.run.planned_export import planned_problems
from engine.testing.models import byte_tokenizer
from engine.testing.stage import compress

Tiny = Callable[[str], Path]
INT4 = {"group_size": 32}
NF4 = {"block_size": 32}


def model_of(model_type: str, folder: Path, **values: Any) -> Path:
    """A small random one, of two layers."""
    config = transformers.AutoConfig.for_model(model_type, vocab_size=260, **values)
    auto = transformers.AutoModelForSeq2SeqLM if config.is_encoder_decoder else transformers.AutoModelForCausalLM
    auto.from_config(config).save_pretrained(folder)
    byte_tokenizer().save_pretrained(folder)
    return folder


SMALL: dict[str, dict[str, Any]] = {
    "mamba": {"hidden_size": 32, "num_hidden_layers": 2, "state_size": 8, "time_step_rank": 8},
    "rwkv": {"hidden_size": 32, "num_hidden_layers": 2, "attention_hidden_size": 32, "context_length": 64},
    "longt5": {"d_model": 32, "d_ff": 64, "num_layers": 2, "num_heads": 2, "d_kv": 16, "local_radius": 8,
               "decoder_start_token_id": 0},
    "t5": {"d_model": 32, "d_ff": 64, "num_layers": 2, "num_heads": 2, "d_kv": 16, "decoder_start_token_id": 0},
}  # fmt: skip


def errors(artifact: Path, form: str) -> list[str]:
    kind = export_format(form)
    return [str(p) for p in kind.check(open_model(artifact), kind.options()) if p.severity == "error"]


def verified(artifact: Path, form: str, folder: Path) -> None:
    found = export(artifact, form, folder, {}, lambda *_: None, lambda: None)
    assert found.ok, found.sentence


@pytest.mark.parametrize(
    ("model_type", "method_id", "settings", "form", "reason", "left"),
    [
        (
            "mamba",
            "round_to_nearest",
            INT4,
            "compressed-tensors",
            "out_proj .*when it loads a MambaMixer",
            "*.out_proj",
        ),
        ("rwkv", "round_to_nearest", INT4, "compressed-tensors", "when it loads a Linear", ""),
        ("t5", "round_to_nearest", INT4, "compressed-tensors", "when it loads a T5Attention", ""),
        ("t5", "nf4", NF4, "bitsandbytes", "wo .*T5ForConditionalGeneration keeps in float32", "*.wo"),
        ("t5", "round_to_nearest", INT4, "awq", "wo .*T5ForConditionalGeneration keeps in float32", "*.wo"),
        ("longt5", "nf4", NF4, "bitsandbytes", "wo .*casts its inputs to the dtype of its weight", "*.wo"),
    ],
)
def test_what_transformers_can_not_load_packed_is_refused(
    model_type: str, method_id: str, settings: dict[str, Any], form: str, reason: str, left: str, tmp_path: Path
) -> None:
    """And what is left out there is loaded; without ``left`` nothing is."""
    source = model_of(model_type, tmp_path / "model", **SMALL[model_type])
    compress(source, method_id, settings, tmp_path / "all")
    assert any(re.search(reason, each) for each in errors(tmp_path / "all" / "artifact", form))
    chosen = method(method_id).settings.parse(settings)
    model = open_model(source)
    if method_id == "round_to_nearest":
        planned = planned_problems(model.anatomy, [chosen], export_format(form), model)
        assert any(re.search(reason, str(each)) for each in planned), "and before a run"
    if left:
        compress(source, method_id, {**settings, "ignore": [f"{left}*"]}, tmp_path / "some")
        verified(tmp_path / "some" / "artifact", form, tmp_path / "out")
    else:
        assert set(asked_for(model, [x.name for x in model.anatomy.linears])) == {x.name for x in model.anatomy.linears}


def test_rwkv_in_bitsandbytes_is_not_rounded_anew(tmp_path: Path) -> None:
    """transformers unpacks layers of it, halves them as they lie deeper, and packs them in another way."""
    compress(model_of("rwkv", tmp_path / "model", **SMALL["rwkv"]), "nf4", NF4, tmp_path)
    verified(tmp_path / "artifact", "bitsandbytes", tmp_path / "out")


def test_a_family_that_asks_for_nothing_is_not_refused(tiny: Tiny) -> None:
    for kind in ("llama", "bart", "qwen3_moe"):
        model = open_model(tiny(kind))
        assert not asked_for(model, [linear.name for linear in model.anatomy.linears]), kind


@pytest.mark.parametrize(("model_type", "shared", "flat"), [
    ("qwen2_moe", {"num_experts": 4, "num_experts_per_tok": 2, "shared_expert_intermediate_size": 32}, 6),
    ("deepseek_v3", {"n_routed_experts": 4, "num_experts_per_tok": 2, "first_k_dense_replace": 0, "n_group": 1,
                     "topk_group": 1, "q_lora_rank": 16, "kv_lora_rank": 16, "qk_rope_head_dim": 8,
                     "qk_nope_head_dim": 8, "v_head_dim": 8}, 0),
])  # fmt: skip
def test_shared_experts_that_get_tokens_without_samples_are_told(
    model_type: str, shared: dict[str, Any], flat: int, tmp_path: Path
) -> None:
    """compressed-tensors has one scale for all of their tokens then, and not one for each."""
    size = {"hidden_size": 32, "intermediate_size": 32, "moe_intermediate_size": 32, "num_hidden_layers": 2}
    source = model_of(model_type, tmp_path / "model", **size, num_attention_heads=4, num_key_value_heads=4, **shared)
    w8a8 = {"format": "int8", "granularity": "channel", "activations": "int8", "ignore": ["*.experts.*"]}
    compress(source, "round_to_nearest", w8a8, tmp_path)
    kind = export_format("compressed-tensors")
    told = [p for p in kind.check(open_model(tmp_path / "artifact"), kind.options()) if "one scale" in p.message]
    assert [p.message.split(" layers")[0].split()[-1] for p in told] == ([str(flat)] if flat else []), told
    model = open_model(source)
    beside = [linear.name for linear in model.anatomy.linears if linear.role.startswith("shared")]
    assert len(beside) == 6 and len(without_samples(model, beside)) == flat


def test_peft_takes_no_out_proj_of_state_spaces(tmp_path: Path) -> None:
    source = model_of("mamba", tmp_path / "model", **SMALL["mamba"])
    text = tmp_path / "text.txt"
    text.write_text("It was a bright cold day in April. " * 200, "utf-8")
    settings = {"text": str(text), "num_samples": 4, "sequence_length": 32, "compression_ratio": 0.3}
    compress(source, "svd", {**settings, "rank_multiple": 1, "rank_allocation": "uniform"}, tmp_path / "all")
    assert any("peft takes no 'out_proj' of a mamba" in each for each in errors(tmp_path / "all" / "artifact", "peft"))
