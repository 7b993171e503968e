"""AWQ as a method: exact fusing on every architecture, less error than rounding, names of what is not scaled."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

from engine.architecture.anatomy import Linear
from engine.base.errors import RunFailed
from engine.contracts.events import Curve, Grid
from engine.methods.quantization.awq.method import BlockOutput
from engine.methods.registry import method
from engine.models.layer import LinearLayer
from engine.models.model import Model
from engine.models.source import open_model
from engine.modules.low_rank import LowRankLinear
from engine.modules.quantized import QuantizedLinear
from engine.numerics.quantization.awq import search_ranges
from engine.numerics.quantization.quantize import dequantize, quantize
from engine.numerics.quantization.scheme import Quantized, Scheme
from engine.testing.models import DECODERS, byte_tokenizer, tiny_model
from engine.testing.stage import Killed, RecordingStage, compress, logits

Tiny = Callable[[str], Path]
TEXT = str(Path(__file__).resolve().parents[4] / "LICENSE")
MATRIX_SETTINGS: dict[str, Any] = {
    "granularity": "channel",
    "text": TEXT,
    "num_samples": 5,
    "sequence_length": 32,
    "n_grid": 5,
}
MATRIX_KINDS = (*DECODERS, "bert")
SCALED = {"gpt2": 6, "gpt_neox": 6, "bert": 2}
"""Groups of linears that are scaled in two layers; eight in all others."""


def with_outliers(source: Path, folder: Path) -> Path:
    """A copy with a few large channels behind its norms, as trained models have them."""
    model = AutoModelForCausalLM.from_pretrained(source)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith(("layernorm.weight", "ln_1.weight", "ln_2.weight")):
                parameter[5::20] += 20.0
    model.save_pretrained(folder)
    byte_tokenizer().save_pretrained(folder)
    return folder


@pytest.mark.parametrize("kind", MATRIX_KINDS)
def test_scales_leave_the_function_as_it_is(kind: str, tiny: Tiny, tmp_path: Path) -> None:
    """With 8 bits almost nothing is lost to rounding: what scales would do wrong shows."""
    settings = {**MATRIX_SETTINGS, "format": "int8", "apply_clip": False}
    stage = compress(tiny(kind), "awq", settings, tmp_path / "awq")
    compress(tiny(kind), "round_to_nearest", {"format": "int8", "granularity": "channel"}, tmp_path / "rounded")
    before = logits(tiny(kind))
    ours, theirs = (float((logits(tmp_path / name / "artifact") - before).norm()) for name in ("awq", "rounded"))
    assert ours < 2 * theirs + 1e-4
    record = json.loads((tmp_path / "awq" / "scratch" / "scales.json").read_text("utf-8"))["values"]
    searched = [found for layer in record.values() for found in layer.values() if "ratio" in found]
    assert len(searched) == SCALED.get(kind, 8)
    assert any(found["ratio"] > 0 for found in searched)
    assert stage.layers.keys() == {
        linear.name for layer in open_model(tiny(kind)).anatomy.layers for linear in layer.linears
    }


@pytest.mark.parametrize("kind", ["llama", "gemma", "gpt2"])
def test_scales_lie_in_norms_and_neighbors(kind: str, tiny: Tiny, tmp_path: Path) -> None:
    """The export stays plain: stock modules, of which norms, values and inner values were divided by what weights were
    multiplied by."""
    source = with_outliers(tiny(kind), tmp_path / "model")
    compress(source, "awq", {**MATRIX_SETTINGS, "format": "int3"}, tmp_path)
    before, after = open_model(source).load(), open_model(tmp_path / "artifact").load()
    assert {type(module) for module in after.compressed().values()} == {QuantizedLinear}
    plus = 1.0 if before.anatomy.norm == "rms_plus_one" else 0.0
    for layer in before.anatomy.layers:
        old, new = (cast(torch.Tensor, model.get(layer.norms["input"]).weight) + plus for model in (before, after))
        applied = (old / new).detach()
        assert float(applied.max() / applied.min()) > 1.5
        first = layer.linears[0]
        weights = []
        for model in (before, after):
            module = model.get(first.name)
            weight = module.dense_weight() if isinstance(module, QuantizedLinear) else cast(torch.Tensor, module.weight)
            weights.append((weight.t() if first.transposed else weight).detach())
        # the ratio of an input's weights is the scale of that input, but for rounding
        ratios = (weights[1] * weights[0]).sum(0) / weights[0].square().sum(0)
        assert torch.corrcoef(torch.stack([ratios, applied]))[0, 1] > 0.9


@pytest.mark.parametrize("format", ["int4", "int3", "nf4", "float4_e2m1", "int2"])
@pytest.mark.parametrize("symmetric", [True, False])
def test_errors_fall(format: str, symmetric: bool, tiny: Tiny, tmp_path: Path) -> None:
    if not symmetric and not format.startswith("int"):
        pytest.skip("always symmetric")
    settings = {**MATRIX_SETTINGS, "format": format, "symmetric": symmetric, "granularity": "group", "group_size": 32}
    stage = compress(tiny("llama"), "awq", {**settings, "num_samples": 64, "block_loss": symmetric}, tmp_path)
    metrics = [event.metrics for event in stage.layers.values()]
    assert sum(each["output_error"] for each in metrics) < 0.95 * sum(each["output_error_rounded"] for each in metrics)
    record = json.loads((tmp_path / "scratch" / "scales.json").read_text("utf-8"))["values"]
    for layer in record.values():
        assert all(found["error_share"] <= 1 for found in layer.values()), "with the ranges that are used"


def test_scales_are_found_with_whole_ranges_too(tiny: Tiny, tmp_path: Path) -> None:
    settings = {**MATRIX_SETTINGS, "format": "int3", "granularity": "group", "group_size": 32, "block_loss": False}
    compress(tiny("llama"), "awq", settings, tmp_path)
    record = json.loads((tmp_path / "scratch" / "scales.json").read_text("utf-8"))["values"]
    for layer in record.values():
        assert all(found["error"] == min(found["unscaled"], *found["errors"]) for found in layer.values())


def test_scales_are_chosen_by_what_the_layer_gives(tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of what was compared nothing cost less, weights are back where they were, and none was compared by whole ranges
    where those are searched."""
    seen: list[tuple[tuple[str, ...], float]] = []
    real = BlockOutput.error

    def error(self: BlockOutput, model: Model, linears: Sequence[Linear], weights: Sequence[torch.Tensor]) -> float:
        before = [LinearLayer(model, linear).weight.clone() for linear in linears]
        assert real(self, model, linears, before) == 0.0
        value = real(self, model, linears, weights)
        now = [LinearLayer(model, linear).weight for linear in linears]
        assert all(torch.equal(old, new) for old, new in zip(before, now, strict=True))
        one = [*before[:-1], weights[-1]]
        assert 0 < real(self, model, linears, one) != value, "all of them count"
        seen.append((tuple(linear.role for linear in linears), value))
        return value

    monkeypatch.setattr(BlockOutput, "error", error)
    settings = {**MATRIX_SETTINGS, "format": "int3", "granularity": "group", "group_size": 32, "block_loss": True}
    compress(tiny("llama"), "awq", settings, tmp_path)
    assert {roles for roles, _ in seen} == {("q", "k", "v"), ("gate", "up")}
    record = json.loads((tmp_path / "scratch" / "scales.json").read_text("utf-8"))["values"]
    attention = [value for roles, value in seen if roles == ("q", "k", "v")]
    shares = [value / attention[0] for value in attention]
    assert record["0"]["attention"]["error_share"] in [pytest.approx(share) for share in shares]
    assert record["0"]["attention"]["error_share"] <= min(1.0, shares[1]) + 1e-6, (
        "no scales first, then the best by whole ranges"
    )


def test_what_is_not_scaled_is_named_and_rounded(tiny: Tiny, tmp_path: Path) -> None:
    stage = compress(tiny("gpt2"), "awq", MATRIX_SETTINGS, tmp_path)
    assert [line for line in stage.lines if "rounded without scales" in line] == [
        "transformer.h.0, down: rounded without scales. Transformer.h.0.mlp.c_fc can't be scaled without changing what "
        "the layer computes"
    ]
    assert "can't be scaled" in stage.details["scales"]["down"]["not scaled"]
    assert len(open_model(tmp_path / "artifact").compressed()) == 8


def test_layers_that_are_left_alone_stay_to_the_bit(tiny: Tiny, tmp_path: Path) -> None:
    """So do norms and values before them: nothing could take their scales back."""
    compress(tiny("llama"), "awq", {**MATRIX_SETTINGS, "ignore": ("k", "o", "layers.1.*")}, tmp_path)
    before, after = open_model(tiny("llama")).load(), open_model(tmp_path / "artifact").load()
    assert len(after.compressed()) == 5
    untouched = [x.name for x in before.anatomy.linears if x.name not in after.compressed()]
    first, second = before.anatomy.layers
    untouched += [first.norms["input"], *second.norms.values()]
    for name in untouched:
        old, new = (cast(torch.Tensor, model.get(name).weight) for model in (before, after))
        assert torch.equal(old, new), name
    value = next(linear for linear in first.linears if linear.role == "v")
    scheme = Scheme("int4", True, "channel", 64)
    old_value = cast(torch.Tensor, before.get(value.name).weight)
    found = cast(QuantizedLinear, after.get(value.name)).dense_weight()
    assert float((found - old_value).norm()) < 1.5 * float(
        (dequantize(quantize(old_value, scheme), scheme) - old_value).norm()
    )


def test_queries_and_keys_are_searched_by_energy_alone(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def counted(weight: torch.Tensor, *arguments: Any, **more: Any) -> Quantized:
        calls.append(weight.shape)
        return search_ranges(weight, *arguments, **more)

    monkeypatch.setattr("engine.methods.quantization.awq.method.search_ranges", counted)
    for name, clip in (("searched", True), ("whole", False)):
        compress(
            tiny("llama"),
            "awq",
            {**MATRIX_SETTINGS, "format": "int3", "apply_clip": clip, "block_loss": False},
            tmp_path / name,
        )
    assert len(calls) == 2 * 5  # v, o, gate, up, down
    searched, whole = (open_model(tmp_path / name / "artifact").load() for name in ("searched", "whole"))
    for linear in whole.anatomy.layers[0].linears:
        one, other = (cast(QuantizedLinear, model.get(linear.name)).scales for model in (searched, whole))
        assert not torch.equal(one, other), linear.name


def test_a_pruned_model_stays_pruned(tiny: Tiny, tmp_path: Path) -> None:
    pruning = {"score": "magnitude", "sparsity": 0.5}
    compress(tiny("gpt2"), "one_shot_pruning", pruning, tmp_path / "pruned")
    compress(tmp_path / "pruned" / "artifact", "awq", MATRIX_SETTINGS, tmp_path / "awq")
    pruned, quantized = (open_model(tmp_path / name / "artifact").load() for name in ("pruned", "awq"))
    for name, module in quantized.compressed().items():
        assert isinstance(module, QuantizedLinear)
        assert not module.dense_weight()[pruned.compressed()[name].dense_weight() == 0].any()


def test_factors_are_rounded_without_scales(tiny: Tiny, tmp_path: Path) -> None:
    svd = {"text": TEXT, "num_samples": 4, "sequence_length": 32, "ranks": "uniform", "removed": 0.3}
    compress(tiny("llama"), "svd", svd, tmp_path / "svd")
    stage = compress(tmp_path / "svd" / "artifact", "awq", MATRIX_SETTINGS, tmp_path / "awq")
    assert any("is factorized" in line for line in stage.lines)
    made = open_model(tmp_path / "awq" / "artifact").load()
    factorized = [module for module in made.compressed().values() if isinstance(module, LowRankLinear)]
    assert factorized and all(isinstance(m.first, QuantizedLinear) for m in factorized)


def test_bfloat16_norms(tmp_path: Path) -> None:
    """What is stored computes what was calibrated: norms in 16 bits, weights that take up their rounding."""
    source = tiny_model("llama", tmp_path / "model", torch.bfloat16)
    compress(source, "awq", {**MATRIX_SETTINGS, "format": "int8", "apply_clip": False}, tmp_path / "awq")
    compress(source, "round_to_nearest", {"format": "int8", "granularity": "channel"}, tmp_path / "rounded")
    before = logits(source)
    ours, theirs = (float((logits(tmp_path / name / "artifact") - before).norm()) for name in ("awq", "rounded"))
    assert ours < 2 * theirs


def test_charts_and_report_are_whole_after_a_kill(tiny: Tiny, tmp_path: Path) -> None:
    whole = compress(tiny("llama"), "awq", MATRIX_SETTINGS, tmp_path / "whole")
    with pytest.raises(Killed):
        compress(tiny("llama"), "awq", MATRIX_SETTINGS, tmp_path / "killed", kill_at=3)
    resumed = compress(tiny("llama"), "awq", MATRIX_SETTINGS, tmp_path / "killed")

    def charts(stage: RecordingStage) -> dict[tuple[str, str], Any]:
        found: dict[tuple[str, str], Any] = {}
        for event in stage.events:
            if isinstance(event, Curve):
                found[event.chart, event.series] = (event.x, event.y)
            elif isinstance(event, Grid):
                found[event.chart, event.series] = event.values
        return found

    assert charts(resumed) == charts(whole)
    assert charts(whole).keys() == {
        ("Ratio", "chosen"),
        *(("Error over ratio", t) for t in ("q, k, v", "o", "gate, up", "down")),
    }
    assert resumed.details["scales"] == whole.details["scales"]
    assert whole.details["scales"]["down"]["layers"] == 2 and whole.details["scales"]["down"]["error left"] <= 1


def test_a_nan_is_named(tiny: Tiny, tmp_path: Path) -> None:
    model = open_model(tiny("llama")).load()
    name = model.anatomy.linears[1].name
    cast(torch.Tensor, model.get(name).weight).data[0, 0] = float("nan")
    info = method("awq")
    with pytest.raises(RunFailed, match=r"k_proj.*NaN"):
        info.load().apply(model, info.settings.parse(MATRIX_SETTINGS), RecordingStage(tmp_path))


def test_checks(tiny: Tiny) -> None:
    info = method("awq")
    llama, bert = (open_model(tiny(kind)).anatomy for kind in ("llama", "bert"))
    assert not info.load().check(llama, info.settings.parse({"group_size": 32}))
    (warning,) = info.load().check(bert, info.settings.parse({"group_size": 32}))
    assert warning.severity == "warning" and "No norm stands before" in warning.message
    problems = info.load().check(llama, info.settings.parse({"group_size": 40}))
    assert problems and all("not a multiple of group size 40" in problem.message for problem in problems)


@pytest.mark.real_model
def test_smollm2(smollm2: Path, tmp_path: Path) -> None:
    """Three bits, two layers: scales take a good part of the error away, and land in 16-bit norms exactly."""
    settings = {"format": "int3", "num_samples": 8, "sequence_length": 128, "ignore": ("layers.[1-9]*",)}
    stage = compress(smollm2, "awq", settings, tmp_path)
    metrics = [event.metrics for event in stage.layers.values()]
    assert len(metrics) == 7
    assert sum(each["output_error"] for each in metrics) < 0.7 * sum(each["output_error_rounded"] for each in metrics)
    told = stage.details["scales"]
    assert all(
        told[title]["layers"] == 1 and told[title]["error left"] < 1 for title in ("q, k, v", "gate, up", "down")
    )


def test_experts_are_scaled_with_what_they_read(tmp_path: Path) -> None:
    """gate and up of experts get scales; what the router decides stays as it was, to the bit."""
    folder = tiny_model("mixtral", tmp_path / "model")
    tensors = load_file(folder / "model.safetensors")
    norm, router = (f"model.layers.0.{name}.weight" for name in ("post_attention_layernorm", "mlp.gate"))
    tensors[norm][::8] *= 12  # features that are large, as real models have them
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    stage = compress(folder, "awq", {**MATRIX_SETTINGS, "format": "int3"}, tmp_path)
    told = stage.details["scales"]["gate, up of experts"]
    assert told["layers"] == 2 and told["error left"] < 0.95
    source, made = open_model(folder), open_model(tmp_path / "artifact")
    factor = source.tensor(norm) / made.tensor(norm)
    assert torch.equal(factor, factor.log2().round().exp2()) and factor[::8].mean() > 1.5 * factor[1::8].mean()
    assert torch.equal(made.tensor(router), source.tensor(router) * factor)
