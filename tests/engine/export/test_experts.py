"""Experts as layers of their own in files: stock transformers loads them and says what the artifact says."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM

from engine.export.folder import read_tensors
from engine.export.registry import export_format
from engine.methods.registry import method
from engine.models.source import open_model
from engine.run.planned_export import planned_problems
from engine.testing.models import byte_tokenizer
from engine.testing.stage import compress, logits

Tiny = Callable[[str], Path]
TEXT = str(Path(__file__).resolve().parents[3] / "LICENSE")
INT4 = {"group_size": 32}
INT8 = {"format": "int8", "group_size": 16}
FLOAT8 = {"format": "float8_e4m3", "granularity": "channel"}
NF4 = {"format": "nf4", "group_size": 32}
W8A8 = {"format": "int8", "granularity": "channel", "activations": "int8"}
WITHOUT_EXPERTS = {**INT8, "ignore": ["*.experts.*"]}
ONLY_EXPERTS = {**INT4, "ignore": ["*self_attn*"]}


def rounded(source: Path, folder: Path, *blocks: dict[str, Any]) -> Path:
    for number, settings in enumerate(blocks):
        compress(source, "round_to_nearest", settings, folder / str(number))
        source = folder / str(number) / "artifact"
    return source


def written(source: Path, format_id: str, folder: Path) -> Path:
    """In its promised size."""
    kind = export_format(format_id)
    model, options = open_model(source), kind.options()
    assert not [problem for problem in kind.check(model, options) if problem.severity == "error"]
    kind.write(model, folder, options, lambda *_: None)
    assert kind.expected_bytes(model, options) == sum(f.stat().st_size for f in folder.glob("*.safetensors"))
    return folder


def stock(folder: Path) -> torch.Tensor:
    """As `logits`, from transformers alone, which finds every tensor."""
    network, info = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, output_loading_info=True)
    assert not info["missing_keys"] and not info["unexpected_keys"] and not info["mismatched_keys"]
    tokens = torch.arange(48).view(2, 24) * 7 % 250
    with torch.no_grad():
        found: torch.Tensor = network.eval()(input_ids=tokens).logits
    return found


def errors(source: Path, format_id: str) -> str:
    kind = export_format(format_id)
    return " ".join(str(p) for p in kind.check(open_model(source), kind.options()) if p.severity == "error")


@pytest.mark.parametrize(
    ("kind", "blocks"),
    [
        ("qwen3_moe", [INT4]),
        ("qwen3_moe", [FLOAT8]),
        ("qwen3_moe", [WITHOUT_EXPERTS]),
        ("qwen3_moe", [WITHOUT_EXPERTS, ONLY_EXPERTS]),
        ("mixtral", [INT4]),
        ("nemotron_h", [{"format": "int8", "granularity": "channel"}]),
        ("llama4", [INT4]),
        ("llama4", [{**INT4, "symmetric": False}]),
        ("llama4", [W8A8]),
        ("llama4", [WITHOUT_EXPERTS]),
        ("llama4", [WITHOUT_EXPERTS, ONLY_EXPERTS]),
    ],
)
def test_compressed_tensors(kind: str, blocks: list[dict[str, Any]], tiny: Tiny, tmp_path: Path) -> None:
    source = rounded(tiny(kind), tmp_path / "work", *blocks)
    folder = written(source, "compressed-tensors", tmp_path / "out")
    expected = logits(source)
    # compressed-tensors has one scale for all rows of inputs without a dimension for samples, as those of experts
    bound = 0.1 if "activations" in blocks[-1] else 1e-3
    off = (stock(folder) - expected).abs().max() / expected.std()
    assert off < bound
    exporter = export_format("compressed-tensors")
    warned = any("one scale for all tokens" in str(x) for x in exporter.check(open_model(source), exporter.options()))
    assert warned == (off > 5e-3) == ("activations" in blocks[-1])
    names = {name for name, _ in read_tensors(folder)}
    ignored = json.loads((folder / "config.json").read_text())["quantization_config"]["ignore"]
    if kind == "mixtral":
        assert "model.layers.0.block_sparse_moe.experts.3.w2.weight_packed" in names
        assert "model.layers.0.block_sparse_moe.gate" in ignored, "servers have the router as a linear layer"
    elif kind == "qwen3_moe" and len(blocks[-1]) == 1:
        assert "model.layers.1.mlp.experts.15.up_proj.weight_packed" in names and "model.layers.1.mlp.gate" in ignored
    elif kind == "llama4":
        assert any(name.startswith("model.layers.0.feed_forward.experts.3.up_proj.weight") for name in names)
        assert (logits(folder) - expected).abs().max() < bound * expected.std(), "and it opens here"
    assert any(".experts." in name for name in ignored) == (kind == "llama4" and blocks == [WITHOUT_EXPERTS])


def test_experts_that_a_reader_does_not_take_are_refused_with_the_reason(tiny: Tiny, tmp_path: Path) -> None:
    uneven = rounded(tiny("qwen3_moe"), tmp_path / "uneven", {**INT4, "ignore": ["*.experts.*.3"]})
    assert "packed or dense, not some of them" in errors(uneven, "compressed-tensors")
    asymmetric = rounded(tiny("qwen3_moe"), tmp_path / "asymmetric", {**INT4, "symmetric": False})
    assert "no zero points of experts" in errors(asymmetric, "compressed-tensors")
    two = rounded(tiny("qwen3_moe"), tmp_path / "two", {**INT4, "ignore": ["*down*"]}, {**INT8, "ignore": ["*up*"]})
    assert "in one way" in errors(two, "compressed-tensors")
    for name in ("gpt_oss", "granitemoe"):
        fused = rounded(tiny(name), tmp_path / name, INT4)
        assert "no names for single experts" in errors(fused, "compressed-tensors")
    apart = rounded(tiny("llama4"), tmp_path / "llama4", NF4)
    assert "loads one by one" in errors(apart, "bitsandbytes")
    model, kind = open_model(tiny("llama4")), export_format("compressed-tensors")
    settings = method("round_to_nearest").settings.parse({**INT4, "symmetric": False})
    assert not planned_problems(model.anatomy, [settings], kind, model), "it takes those one by one"
    anatomy = open_model(tiny("qwen3_moe")).anatomy
    for other, word in {"gptq": "one tensor", "awq": "one tensor", "bitsandbytes": "one tensor"}.items():
        assert word in errors(uneven, other)
        planned = planned_problems(anatomy, [method("round_to_nearest").settings.parse(INT4)], export_format(other))
        assert any(word in problem.message for problem in planned), "and before a run"


def test_bitsandbytes_beside_experts_that_transformers_loads_one_by_one(tiny: Tiny, tmp_path: Path) -> None:
    source = rounded(tiny("llama4"), tmp_path / "work", {**NF4, "ignore": ["*.experts.*"]})
    folder = written(source, "bitsandbytes", tmp_path / "out")
    assert "model.layers.1.feed_forward.experts.2.gate_proj.weight" in {name for name, _ in read_tensors(folder)}
    assert (stock(folder) - logits(source)).abs().max() < 0.05 * logits(source).std()


def test_qlora_beside_experts_that_transformers_loads_one_by_one(tiny: Tiny, tmp_path: Path) -> None:
    """The base of the adapter is in bitsandbytes' 4 bits, which makes layers of Llama 4's experts."""
    from peft import PeftModel

    learning = {"text": TEXT, "sequence_length": 32, "steps": 2, "batch_size": 2, "r": 4}
    compress(tiny("llama4"), "qlora", {**learning, "block_size": 32}, tmp_path)
    source = tmp_path / "artifact"
    model, entry = open_model(source), export_format("peft")
    promised = entry.expected_bytes(model, entry.options())
    entry.write(model, tmp_path / "out", entry.options(), lambda *_: None)
    assert promised == sum(path.stat().st_size for path in (tmp_path / "out").rglob("*.safetensors"))
    base, info = AutoModelForCausalLM.from_pretrained(
        tmp_path / "out" / "base", dtype=torch.float32, output_loading_info=True
    )
    assert not info["missing_keys"] and not info["unexpected_keys"]
    with torch.no_grad():
        adapted = PeftModel.from_pretrained(base, tmp_path / "out").eval()
        found = adapted(input_ids=torch.arange(48).view(2, 24) * 7 % 250).logits
    expected = logits(source)
    assert (found - expected).abs().max() < 0.05 * expected.std()


def test_dense_files_have_the_names_that_servers_read(tiny: Tiny, tmp_path: Path) -> None:
    source = rounded(tiny("mixtral"), tmp_path / "work", INT4)
    folder = written(source, "dense", tmp_path / "out")
    found = dict(read_tensors(folder))
    assert found["model.layers.1.block_sparse_moe.experts.2.w3.weight"].shape == (96, 64)
    assert torch.allclose(stock(folder), logits(source), atol=1e-5)
    assert torch.allclose(logits(folder), logits(source), atol=1e-5), "and it opens here"


@pytest.mark.parametrize("kind", ["mixtral", "gpt_oss"])
def test_stock_peft_loads_adapters_of_experts(kind: str, tiny: Tiny, tmp_path: Path) -> None:
    from peft import PeftModel

    learning = {"text": TEXT, "sequence_length": 32, "steps": 3, "batch_size": 2, "learning_rate": 1e-2, "r": 4}
    targets = ("q", "expert_gate_up", "expert_down")
    compress(tiny(kind), "lora", {**learning, "result": "adapter", "target_modules": targets}, tmp_path)
    source = tmp_path / "artifact"
    model, entry = open_model(source), export_format("peft")
    promised = entry.expected_bytes(model, entry.options())
    entry.write(model, tmp_path / "out", entry.options(), lambda *_: None)
    assert promised == sum(path.stat().st_size for path in (tmp_path / "out").rglob("*.safetensors"))
    base = AutoModelForCausalLM.from_pretrained(tmp_path / "out" / "base", dtype=torch.float32)
    tokens = torch.arange(48).view(2, 24) * 7 % 250
    with torch.no_grad():
        before = base(input_ids=tokens).logits
        found = PeftModel.from_pretrained(base, tmp_path / "out").eval()(input_ids=tokens).logits
    expected = logits(source)
    assert (found - expected).abs().max() < 2e-4 * expected.std() and (found - before).abs().max() > 0.01
    if kind == "mixtral":
        name = "model.layers.1.mlp.experts.down_proj"
        merged = dict(entry.read(tmp_path / "out"))[name]
        assert torch.allclose(merged[3], model.load().compressed()[f"{name}.3"].dense_weight(), atol=1e-6)
    some = tmp_path / "some"
    compress(tiny(kind), "lora", {**learning, "result": "adapter", "target_modules": ("q", "*.experts.*.1")}, some)
    assert "peft adapts all experts" in errors(some / "artifact", "peft")


@pytest.fixture(scope="module")
def shared_experts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A DeepSeek-V3 whose first layer has no experts, and the second a shared one beside the routed ones."""
    latent = {"kv_lora_rank": 32, "q_lora_rank": 32, "qk_rope_head_dim": 16, "qk_nope_head_dim": 16, "v_head_dim": 16}
    config = AutoConfig.for_model(
        "deepseek_v3", vocab_size=260, hidden_size=64, intermediate_size=96, moe_intermediate_size=32,
        num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=4, n_routed_experts=4, num_experts_per_tok=2,
        first_k_dense_replace=1, n_group=1, topk_group=1, max_position_embeddings=256, **latent,
    )  # fmt: skip
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("shared_experts")
    AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    byte_tokenizer().save_pretrained(folder)
    return folder


@pytest.mark.parametrize("method_id", ["lora", "svd"])
def test_stock_peft_loads_adapters_of_layers_that_are_named_like_experts(
    method_id: str, shared_experts: Path, tmp_path: Path
) -> None:
    """In such a model peft looks for every gate_proj among the experts; these are named by their weights."""
    from peft import PeftModel

    learning = {"text": TEXT, "sequence_length": 32, "steps": 3, "batch_size": 2, "learning_rate": 1e-2, "r": 4}
    factors = {"text": TEXT, "num_samples": 4, "sequence_length": 32, "rank_allocation": "uniform", "rank_multiple": 1}
    settings = {
        "lora": {**learning, "result": "adapter"},
        "svd": {**factors, "compression_ratio": 0.3, "ignore": ["*.experts.*"]},
    }
    compress(shared_experts, method_id, settings[method_id], tmp_path)
    source, entry = tmp_path / "artifact", export_format("peft")
    entry.write(open_model(source), tmp_path / "out", entry.options(), lambda *_: None)
    config = json.loads((tmp_path / "out" / "adapter_config.json").read_text())
    assert "model.layers.1.mlp.shared_experts.down_proj.weight" in config["target_parameters"]
    base = AutoModelForCausalLM.from_pretrained(tmp_path / "out" / "base", dtype=torch.float32)
    with torch.no_grad():
        adapted = PeftModel.from_pretrained(base, tmp_path / "out").eval()
        found = adapted(input_ids=torch.arange(48).view(2, 24) * 7 % 250).logits
    expected = logits(source)
    assert (found - expected).abs().max() < 2e-4 * expected.std()
    name = "model.layers.0.mlp.up_proj"
    merged = dict(entry.read(tmp_path / "out"))[f"{name}.weight"]
    assert torch.allclose(merged, open_model(source).load().compressed()[name].dense_weight(), atol=1e-5)


def test_what_peft_can_not_do_by_the_weight_alone_is_refused(shared_experts: Path, tmp_path: Path) -> None:
    learning = {"text": TEXT, "sequence_length": 32, "steps": 1, "batch_size": 2, "r": 2}
    compress(shared_experts, "lora", {**learning, "result": "adapter", "use_dora": True}, tmp_path / "a")
    assert "knows no DoRA there" in errors(tmp_path / "a" / "artifact", "peft")
    compress(shared_experts, "qlora", {**learning, "block_size": 32}, tmp_path / "b")
    assert "knows no packed weights there" in errors(tmp_path / "b" / "artifact", "peft")
