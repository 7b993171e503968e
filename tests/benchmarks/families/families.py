"""Tiny random models of the families that people have, through every method that works on linear layers, and what was
rounded out as plain safetensors that transformers loads in a fresh process.

    python tests/benchmarks/families/families.py [--exports] [FAMILY …]

A cell is the share of the parameters that the method changed; "-" with a number below the table: it refused, and why.
The last column is the largest difference of a logit from the artifact's, in standard deviations.

``--exports``: what each method leaves in every export format that takes it, loaded in a process of its own by the
program that the format is for (llama.cpp for GGUF). A cell is how many of the results that it takes were found equal,
and the largest difference of a logit in standard deviations; "-" with a number: one differed or failed, and why.
"""

from __future__ import annotations

import contextlib
import math
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

import torch
import transformers

from engine.architecture.pretrained import auto_class
from engine.base.errors import StudioError
from engine.export.registry import formats
from engine.export.verification.check import export
from engine.measure.coverage import coverage, incoming
from engine.methods.registry import method
from engine.models.source import open_model
from engine.run.local import LocalStage

SIZE: dict[str, Any] = {
    "vocab_size": 260, "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "max_position_embeddings": 256, "bos_token_id": 256, "eos_token_id": 257,
    "pad_token_id": 258,
}  # fmt: skip
LATENT = {"kv_lora_rank": 32, "q_lora_rank": 32, "qk_rope_head_dim": 16, "qk_nope_head_dim": 16, "v_head_dim": 16,
          "n_group": 1, "topk_group": 1, "num_key_value_heads": 4}  # fmt: skip
MAMBA = {"mamba_n_heads": 4, "mamba_d_head": 32, "mamba_d_state": 16, "mamba_n_groups": 1, "mamba_d_conv": 4}
LINEAR = {"linear_num_key_heads": 2, "linear_num_value_heads": 4, "linear_key_head_dim": 16,
          "linear_value_head_dim": 16, "head_dim": 16}  # fmt: skip
MIXED = {"layer_types": ["linear_attention", "full_attention"]}
EXPERTS = {"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 32}
TEXT = {**SIZE, "head_dim": 16, "model_type": "gemma3_text"}
VISION = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2,
          "image_size": 28, "patch_size": 14}  # fmt: skip
FAMILIES: dict[str, tuple[str, dict[str, Any]]] = {
    "Qwen3-MoE": ("qwen3_moe", {**EXPERTS, "head_dim": 16, "norm_topk_prob": True}),
    "gpt-oss": ("gpt_oss", {"num_local_experts": 4, "num_experts_per_tok": 2, "head_dim": 16}),
    "Mixtral": ("mixtral", {"num_local_experts": 4}),
    "DeepSeek-V2": ("deepseek_v2", {**LATENT, "n_routed_experts": 4, "num_experts_per_tok": 2, "head_dim": 16,
                                    "moe_intermediate_size": 32, "first_k_dense_replace": 1}),
    "DeepSeek-V3": ("deepseek_v3", {**LATENT, "n_routed_experts": 4, "num_experts_per_tok": 2,
                                    "moe_intermediate_size": 32, "first_k_dense_replace": 1}),
    "GLM-4-MoE": ("glm4_moe", {"n_routed_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 32,
                               "first_k_dense_replace": 1, "n_group": 1, "topk_group": 1, "head_dim": 16}),
    "OLMoE": ("olmoe", {"num_experts": 4, "num_experts_per_tok": 2}),
    "Llama 4": ("llama4_text", {"num_local_experts": 4, "num_experts_per_tok": 1, "intermediate_size_mlp": 96,
                                "head_dim": 16}),
    "MiniMax": ("minimax", {"num_local_experts": 4, "head_dim": 16, **MIXED}),
    "Qwen3.5": ("qwen3_5_text", {**LINEAR, **MIXED}),
    "Qwen3-Next": ("qwen3_next", {**LINEAR, **MIXED, **EXPERTS, "shared_expert_intermediate_size": 32}),
    "LFM2": ("lfm2", {"layer_types": ["conv", "full_attention"], "block_auto_adjust_ff_dim": False}),
    "Jamba": ("jamba", {"num_experts": 4, "attn_layer_period": 2, "attn_layer_offset": 1, "expert_layer_period": 2,
                        "expert_layer_offset": 1, "mamba_d_state": 8, "mamba_dt_rank": 8,
                        "use_mamba_kernels": False}),
    "Bamba": ("bamba", {**MAMBA, "attn_layer_indices": [1]}),
    "Nemotron-H": ("nemotron_h", {"layers_block_type": ["mamba", "moe", "attention"], "n_routed_experts": 4,
                                  "num_experts_per_tok": 2, "moe_intermediate_size": 64, "mamba_num_heads": 4,
                                  "moe_shared_expert_intermediate_size": 64, "mamba_head_dim": 32,
                                  "ssm_state_size": 16, "n_groups": 1, "head_dim": 16, "num_hidden_layers": 3}),
    "Granite hybrid": ("granitemoehybrid", {**MAMBA, "num_local_experts": 4, "num_experts_per_tok": 2,
                                            "shared_intermediate_size": 64, "mamba_expand": 2,
                                            "layer_types": ["mamba", "attention"]}),
    "Falcon-H1": ("falcon_h1", {**MAMBA, "head_dim": 16, "mamba_d_ssm": 128}),
    "Mamba": ("mamba", {"state_size": 8, "time_step_rank": 8}),
    "RWKV": ("rwkv", {"attention_hidden_size": 64, "context_length": 256}),
    "Gemma 3": ("gemma3", {"text_config": TEXT, "vision_config": VISION}),
    "Qwen2.5-VL": ("qwen2_5_vl", {
        "text_config": {**SIZE, "model_type": "qwen2_5_vl_text",
                        "rope_parameters": {"rope_type": "default", "rope_theta": 1e4, "mrope_section": [2, 3, 3]}},
        "vision_config": {"depth": 1, "hidden_size": 32, "intermediate_size": 64, "num_heads": 2, "out_hidden_size": 64,
                          "patch_size": 14, "window_size": 28, "fullatt_block_indexes": [0]}}),
    "LLaVA": ("llava", {"text_config": {**SIZE, "model_type": "llama"},
                        "vision_config": {**VISION, "model_type": "clip_vision_model"}}),
    "Gemma 4": ("gemma4_text", {"head_dim": 16, "global_head_dim": 16, "hidden_size_per_layer_input": 8,
                                "vocab_size_per_layer_input": 260, "num_kv_shared_layers": 0}),
    "Gemma 4 with experts": ("gemma4_text", {"head_dim": 16, "global_head_dim": 16, "hidden_size_per_layer_input": 8,
                                             "vocab_size_per_layer_input": 260, "num_kv_shared_layers": 0,
                                             "enable_moe_block": True, "num_experts": 4, "top_k_experts": 2,
                                             "moe_intermediate_size": 32}),
    "ModernBERT decoder": ("modernbert-decoder", {}),
    "BitNet": ("bitnet", {}),
    "Apertus": ("apertus", {}),
    "MPT": ("mpt", {"d_model": 64, "n_heads": 4, "n_layers": 2, "expansion_ratio": 2}),
    "T5": ("t5", {"d_model": 64, "d_ff": 96, "num_layers": 2, "num_heads": 4, "d_kv": 16}),
    "BART": ("bart", {"d_model": 64, "encoder_layers": 2, "decoder_layers": 2, "encoder_ffn_dim": 96,
                      "decoder_ffn_dim": 96, "encoder_attention_heads": 4, "decoder_attention_heads": 4}),
    "LongT5": ("longt5", {"d_model": 64, "d_ff": 96, "num_layers": 2, "num_heads": 4, "d_kv": 16, "local_radius": 8,
                          "decoder_start_token_id": 258}),
    "FSMT": ("fsmt", {"d_model": 64, "encoder_layers": 2, "decoder_layers": 2, "encoder_ffn_dim": 96,
                      "decoder_ffn_dim": 96, "encoder_attention_heads": 4, "decoder_attention_heads": 4,
                      "src_vocab_size": 260, "tgt_vocab_size": 260, "decoder_start_token_id": 257}),
}  # fmt: skip
DATA = {"num_samples": 8, "sequence_length": 64}
METHODS: dict[str, tuple[str, dict[str, Any]]] = {
    "rounding": ("round_to_nearest", {"group_size": 32}),
    "GPTQ": ("gptq", {"group_size": 32, **DATA}),
    "AWQ": ("awq", {"group_size": 32, **DATA}),
    "NF4": ("nf4", {"block_size": 32}),
    "Wanda": ("one_shot_pruning", {"score": "wanda", **DATA}),
    "SVD": ("svd", {"rank_multiple": 1, "compression_ratio": 0.3, "rank_allocation": "uniform", **DATA}),
    "LoRA": ("lora", {"r": 2, "steps": 2, "batch_size": 2, "sequence_length": 32, "result": "merged"}),
}

ADAPTERS: dict[str, tuple[str, dict[str, Any]]] = {"LoRA, kept": ("lora", {**METHODS["LoRA"][1], "result": "adapter"})}
"""What the PEFT format takes."""


def build(family: str, folder: Path) -> Path:
    """A tiny random model of a family with a byte-level tokenizer."""
    from engine.testing.models import byte_tokenizer

    model_type, values = FAMILIES[family]
    common = {} if "text_config" in values else SIZE
    config = transformers.AutoConfig.for_model(model_type, **{**common, **values})
    torch.manual_seed(0)
    network = getattr(transformers, auto_class(config.to_dict(), "logits")).from_config(config)
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.ndim > 1:
                parameter.normal_(0, 0.05)
    network.save_pretrained(folder)
    byte_tokenizer().save_pretrained(folder)
    return folder


def row(family: str, reasons: list[str]) -> list[str]:
    """What came out for a family."""
    with tempfile.TemporaryDirectory() as work:
        root = Path(work)
        try:
            source = build(family, root / "model")
        except Exception as error:
            reasons.append(f"{family} was not built: {type(error).__name__}: {str(error)[:150]}")
            return ["-"] * (len(METHODS) + 1)
        text = root / "text.txt"
        text.write_bytes(bytes(torch.randint(32, 127, (9000,), generator=torch.Generator().manual_seed(0)).tolist()))
        cells = []
        for title, (name, settings) in METHODS.items():
            given = {"text": str(text)} if "num_samples" in settings or "steps" in settings else {}
            try:
                model = open_model(source)
                before = incoming(model)
                LocalStage(root / title).apply(method(name), {**settings, **given}, model)
                share = coverage(before, open_model(root / title / "artifact"), ()).parameters
                cells.append(f"{100 * share:.0f} %")
            except StudioError as error:
                reasons.append(f"{family}, {title}: {error}")
                cells.append(f"- ({len(reasons)})")
            except Exception as error:
                reasons.append(f"{family}, {title}: BUG {type(error).__name__}: {str(error)[:150]}")
                cells.append(f"- ({len(reasons)})")
        try:
            artifact = root / "rounding" / "artifact"
            found = export(artifact, "dense", root / "dense", {}, lambda *_: None, lambda: None)
            cells.append(f"{found.metrics['max_relative_difference']:.1g}" if found.ok else "differs")
            if not found.ok:
                reasons.append(f"{family}, dense export: {found.sentence}")
        except Exception as error:
            reasons.append(f"{family}, dense export: {type(error).__name__}: {str(error)[:150]}")
            cells.append(f"- ({len(reasons)})")
        return cells


def exports_row(family: str, reasons: list[str]) -> list[str]:
    """What the export formats made of a family's results."""
    from engine.testing.models import with_merges

    with tempfile.TemporaryDirectory() as work:
        root = Path(work)
        source = with_merges(build(family, root / "built"), root / "model")
        text = root / "text.txt"
        text.write_bytes(bytes(torch.randint(32, 127, (9000,), generator=torch.Generator().manual_seed(0)).tolist()))
        made: dict[str, Path] = {}
        for title, (name, settings) in {**METHODS, **ADAPTERS}.items():
            given = {"text": str(text)} if "num_samples" in settings or "steps" in settings else {}
            with contextlib.suppress(StudioError):  # the first table says why
                LocalStage(root / title).apply(method(name), {**settings, **given}, open_model(source))
                made[title] = root / title / "artifact"
        return [exports_cell(family, made, form, root / form, reasons) for form in formats()]


def exports_cell(family: str, made: dict[str, Path], form: str, place: Path, reasons: list[str]) -> str:
    """Every result in this format."""
    entry = formats()[form]
    options = entry.options()
    taken = {
        title: path
        for title, path in made.items()
        if not any(x.severity == "error" for x in entry.check(open_model(path), options))
    }
    differences, wrong = [], ""
    for title, path in taken.items():
        try:
            found = export(path, form, place / title, {}, lambda *_: None, lambda: None)
        except Exception as error:
            reasons.append(f"{family}, {title}, {form}: {type(error).__name__}: {str(error)[:200]}")
            wrong = f" - ({len(reasons)})"
            continue
        if not found.ok:
            reasons.append(f"{family}, {title}, {form}: {found.sentence}")
            wrong = f" - ({len(reasons)})"
        differences.append(found.metrics.get("max_relative_difference", math.nan))
    if not taken:
        return ""
    return f"{len(differences)}: {max(differences):.1g}{wrong}" if differences else wrong


def show_exports(wanted: list[str]) -> None:
    """Print the table of exports, then the reasons."""
    sys.path.insert(0, str(Path(__file__).parents[2]))
    import pytest
    import warm_children

    reasons: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        warm_children.install(patch)
        print(f"| Family | {' | '.join(formats())} |\n|{'---|' * (len(formats()) + 1)}", flush=True)
        for family in wanted:
            print(f"| {family} | {' | '.join(exports_row(family, reasons))} |", flush=True)
    for number, reason in enumerate(reasons, 1):
        print(f"{number}. {reason}")


def main(wanted: list[str]) -> None:
    """Print the table, then the reasons."""
    transformers.logging.set_verbosity_error()
    if "--exports" in wanted:
        show_exports([word for word in wanted if word != "--exports"] or list(FAMILIES))
        return
    reasons: list[str] = []
    print(f"| Family | {' | '.join(METHODS)} | dense, in transformers |\n|{'---|' * (len(METHODS) + 2)}")
    for family in wanted or FAMILIES:
        print(f"| {family} | {' | '.join(row(family, reasons))} |", flush=True)
    for number, reason in enumerate(reasons, 1):
        print(f"{number}. {reason}")


if __name__ == "__main__":
    main(sys.argv[1:])
