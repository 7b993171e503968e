"""QLoRA: 4-bit weights stay what they are, adapters learn, what is merged is measured, memory is what is promised."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.contracts.events import Metric
from engine.methods.registry import method
from engine.models.source import open_model
from engine.modules.adapted import AdaptedLinear
from engine.modules.blockwise import BlockwiseLinear
from engine.modules.quantized import QuantizedLinear
from engine.modules.sparse import SparseLinear
from engine.numerics.quantization.blockwise import block_bits
from engine.testing.models import DECODERS, tiny_model
from engine.testing.stage import RecordingStage, compress, logits

Tiny = Callable[[str], Path]
TEXT = str(Path(__file__).resolve().parents[4] / "LICENSE")
MATRIX_SETTINGS: dict[str, Any] = {
    "text": TEXT,
    "sequence_length": 32,
    "steps": 2,
    "batch_size": 2,
    "micro_batch_size": 1,
    "eval_samples": 2,
    "r": 4,
    "optimizer": "adamw",
}
MATRIX_KINDS = DECODERS
LEARNING = {**MATRIX_SETTINGS, "steps": 12, "learning_rate": 1e-2}


@pytest.mark.parametrize("settings", [{}, {"format": "fp4", "double_quant": False, "target_modules": ("q", "v")}])
def test_the_base_is_what_nf4_makes_of_it(settings: dict[str, Any], tiny: Tiny, tmp_path: Path) -> None:
    blocks = {key: value for key, value in settings.items() if key != "target_modules"}
    compress(tiny("qwen2"), "nf4", blocks, tmp_path / "nf4")
    stage = compress(tiny("qwen2"), "qlora", {**LEARNING, **settings}, tmp_path)
    plain, learned = open_model(tmp_path / "nf4" / "artifact").load(), open_model(tmp_path / "artifact").load()
    weights = 0
    for linear in plain.anatomy.linears:
        before, after = plain.get(linear.name), learned.get(linear.name)
        assert isinstance(before, BlockwiseLinear)
        weights += before.out_features * before.in_features
        adapted = linear.role in settings.get("target_modules", (linear.role,))
        assert isinstance(after, AdaptedLinear) is adapted
        base = after.base if isinstance(after, AdaptedLinear) else after
        assert isinstance(base, BlockwiseLinear)
        assert torch.equal(base.codes, before.codes) and torch.equal(base.scales, before.scales)
    resident = stage.details["resident"]
    expected = sum(
        block_bits(x.in_features * x.out_features, 64, blocks.get("double_quant", True)) for x in plain.anatomy.linears
    )
    assert resident["bits_per_packed_weight"] == pytest.approx(expected / weights)
    assert resident["adapter_bytes"] == 4 * stage.details["trainable parameters"]


def test_it_learns_and_what_is_merged_is_measured(tiny: Tiny, tmp_path: Path) -> None:
    settings = {**LEARNING, "eval_steps": 6}
    stage = compress(tiny("llama"), "qlora", settings, tmp_path / "kept")
    found = [e.value for e in stage.events if isinstance(e, Metric) and e.name == "loss/eval"]
    assert found[-1] < found[0] - 0.02
    stage = compress(tiny("llama"), "qlora", {**settings, "result": "merged"}, tmp_path / "merged")
    losses = stage.details["merging: held-out loss"]
    assert losses["not merged"] == pytest.approx(found[-1], abs=1e-5)
    assert losses["unpacked base"] == pytest.approx(losses["not merged"], abs=1e-4)
    assert losses["original base"] != pytest.approx(losses["unpacked base"], abs=1e-7)
    assert losses["kept"] == min(("unpacked base", "original base"), key=losses.get)
    assert not open_model(tmp_path / "merged" / "artifact").compressed()
    if losses["kept"] == "unpacked base":
        kept, merged = logits(tmp_path / "kept" / "artifact"), logits(tmp_path / "merged" / "artifact")
        torch.testing.assert_close(kept, merged, rtol=0, atol=1e-4 * float(kept.abs().max()))


def test_merged_weights_are_stored_as_the_model_is(tmp_path: Path) -> None:
    """16 bits stay 16 bits, although everything computes in 32."""
    source = tiny_model("qwen2", tmp_path / "source", dtype=torch.bfloat16)
    compress(source, "qlora", {**MATRIX_SETTINGS, "result": "merged"}, tmp_path)
    before, after = open_model(source).load(), open_model(tmp_path / "artifact").load()
    for part in after.parts:
        for name, tensor in after.tensors(part).items():
            owner, _, leaf = name.rpartition(".")
            assert tensor.dtype == getattr(before.get(owner), leaf).dtype == torch.bfloat16


@pytest.mark.parametrize("result", ["adapter", "merged"])
def test_zeros_of_a_pruned_model_stay(result: str, tiny: Tiny, tmp_path: Path) -> None:
    model = open_model(tiny("llama")).load()
    for index, linear in enumerate(model.anatomy.linears):
        weight = model.get(linear.name).weight
        mask = torch.rand(weight.shape, generator=torch.Generator().manual_seed(index)) < 0.5
        model.replace(linear.name, SparseLinear.of(weight, mask))
    source = RecordingStage(tmp_path / "pruned").finish(model)
    compress(source, "qlora", {**LEARNING, "result": result}, tmp_path)
    before, after = open_model(source).load(), open_model(tmp_path / "artifact").load()
    for linear in before.anatomy.linears:
        old, new = before.get(linear.name), after.get(linear.name)
        assert isinstance(old, SparseLinear) and isinstance(new, SparseLinear if result == "merged" else AdaptedLinear)
        assert not new.dense_weight()[~old.kept_mask()].any()


def test_what_is_quantized_already_is_not_rounded_again(tiny: Tiny, tmp_path: Path) -> None:
    compress(tiny("llama"), "round_to_nearest", {"format": "int4", "group_size": 32}, tmp_path / "q")
    stage = compress(tmp_path / "q" / "artifact", "qlora", MATRIX_SETTINGS, tmp_path)
    assert any("stay as they are" in line for line in stage.lines)
    before, after = open_model(tmp_path / "q" / "artifact").load(), open_model(tmp_path / "artifact").load()
    for name, old in before.compressed().items():
        new = after.get(name)
        assert isinstance(new, AdaptedLinear) and isinstance(new.base, QuantizedLinear)
        assert isinstance(old, QuantizedLinear) and torch.equal(new.base.codes, old.codes)


def test_a_paged_optimizer_needs_a_gpu_and_says_so(tiny: Tiny, tmp_path: Path) -> None:
    if torch.cuda.is_available():
        pytest.skip("there is one")
    assert method("qlora").settings().optimizer == "paged_adamw"
    stage = compress(tiny("llama"), "qlora", {**MATRIX_SETTINGS, "optimizer": "paged_adamw"}, tmp_path)
    assert any("paged_adamw needs a CUDA device" in line for line in stage.lines)


def test_gradient_checkpointing_changes_nothing(tiny: Tiny, tmp_path: Path) -> None:
    for name, recompute in (("one", True), ("other", False)):
        compress(tiny("llama"), "qlora", {**LEARNING, "gradient_checkpointing": recompute}, tmp_path / name)
    one, other = (logits(tmp_path / name / "artifact") for name in ("one", "other"))
    torch.testing.assert_close(one, other, rtol=0, atol=1e-4 * float(one.abs().max()))
