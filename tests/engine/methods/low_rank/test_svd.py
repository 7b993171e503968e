"""SVD as a method: factors that say the same after loading, within the budget, resumed bit by bit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.contracts.events import Curve, Grid
from engine.export.registry import export_format
from engine.methods.quantization.common.factors import factor_hessians, fitting
from engine.methods.registry import method
from engine.models.source import open_model
from engine.modules.low_rank import LowRankLinear, LowRankTraining
from engine.modules.plain import PlainLinear
from engine.modules.quantized import QuantizedLinear
from engine.numerics import svd
from engine.numerics.quantization.scheme import Scheme
from engine.testing.models import DECODERS
from engine.testing.stage import Killed, RecordingStage, compress, logits
from engine.training.model import close_after_training, open_for_training

Tiny = Callable[[str], Path]
TEXT = str(Path(__file__).resolve().parents[4] / "LICENSE")
MATRIX_SETTINGS: dict[str, Any] = {
    "text": TEXT,
    "num_samples": 4,
    "sequence_length": 32,
    "rank_allocation": "uniform",
    "compression_ratio": 0.3,
}
MATRIX_KINDS = (*DECODERS, "bert")


def factors(folder: Path) -> dict[str, LowRankLinear]:
    model = open_model(folder / "artifact").load()
    return {name: module for name, module in model.compressed().items() if isinstance(module, LowRankLinear)}


def output_errors(stage: RecordingStage) -> list[float]:
    return [event.metrics["output_error"] for event in stage.layers.values()]


@pytest.mark.parametrize("pivot", [False, True])
@pytest.mark.parametrize("kind", ["qwen2", "gpt2", "odd"])
def test_ranks_fit_every_shape_and_biases_stay(kind: str, pivot: bool, tiny: Tiny, tmp_path: Path) -> None:
    compress(tiny(kind), "svd", {**MATRIX_SETTINGS, "pivoting": pivot}, tmp_path)
    original = open_model(tiny(kind)).load()
    made = factors(tmp_path)
    assert set(made) == {linear.name for linear in original.anatomy.linears}
    for linear in original.anatomy.linears:
        module, before = made[linear.name], original.get(linear.name)
        assert module.dense_weight().shape == before.weight.shape
        assert (module.bias is None) == (before.bias is None)
        assert module.bias is None or torch.equal(module.bias, before.bias)
        numbers = module.first.dense_weight().numel() + module.second.dense_weight().numel()
        assert (
            numbers
            <= 0.7 * linear.in_features * linear.out_features
            < numbers + linear.in_features + linear.out_features
        )


@pytest.mark.parametrize("variant", ["plain", "activation", "whitened", "fisher"])
def test_almost_everything_kept_is_almost_the_model(variant: str, tiny: Tiny, tmp_path: Path) -> None:
    compress(tiny("llama"), "svd", {**MATRIX_SETTINGS, "variant": variant, "compression_ratio": 0.01}, tmp_path)
    difference = (logits(tmp_path / "artifact") - logits(tiny("llama"))).norm() / logits(tiny("llama")).norm()
    assert difference < 0.1


def test_whitened_loses_least_on_the_calibration_text(tiny: Tiny, tmp_path: Path) -> None:
    """Layer by layer, on the same inputs: those of the first layer's q, k and v."""
    found: dict[str, list[float]] = {}
    for variant in ("plain", "activation", "whitened"):
        settings = {**MATRIX_SETTINGS, "variant": variant, "statistics": "sequential", "num_samples": 16}
        stage = compress(tiny("llama"), "svd", settings, tmp_path / variant)
        found[variant] = output_errors(stage)[:3]
    for plain, activation, whitened in zip(*(found[name] for name in ("plain", "activation", "whitened")), strict=True):
        assert whitened < activation and whitened < plain


@pytest.mark.parametrize("variant", ["plain", "activation"])
def test_the_update_lowers_the_error(variant: str, tiny: Tiny, tmp_path: Path) -> None:
    settings = {**MATRIX_SETTINGS, "variant": variant, "statistics": "sequential", "num_samples": 16}
    before = output_errors(compress(tiny("llama"), "svd", settings, tmp_path / "a"))[:3]
    after = output_errors(compress(tiny("llama"), "svd", {**settings, "update": "second"}, tmp_path / "b"))[:3]
    assert all(b < a for a, b in zip(before, after, strict=True))


@pytest.mark.parametrize(
    ("variant", "statistics", "update", "ranks"),
    [
        ("whitened", "one-shot", "none", "global"),
        ("whitened", "one-shot", "second", "energy"),
        ("whitened", "sequential", "original", "global"),
        ("fisher", "one-shot", "none", "global"),
        ("fisher", "sequential", "original", "uniform"),
    ],
)
def test_killed_and_resumed_is_the_same(
    variant: str, statistics: str, update: str, ranks: str, tiny: Tiny, tmp_path: Path
) -> None:
    chosen = {"variant": variant, "statistics": statistics, "update": update, "rank_allocation": ranks}
    settings = {**MATRIX_SETTINGS, **chosen}
    compress(tiny("llama"), "svd", settings, tmp_path / "whole")
    for kill_at in (2, 3):
        with pytest.raises(Killed):
            compress(tiny("llama"), "svd", settings, tmp_path / "killed", kill_at=kill_at)
    compress(tiny("llama"), "svd", settings, tmp_path / "killed")
    one, two = (sorted((tmp_path / name / "artifact").glob("*.safetensors")) for name in ("whole", "killed"))
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]


@pytest.mark.parametrize("pivot", [False, True])
def test_a_global_budget_is_kept(pivot: bool, tiny: Tiny, tmp_path: Path) -> None:
    settings = {**MATRIX_SETTINGS, "rank_allocation": "global", "min_rank_ratio": 0.5, "pivoting": pivot}
    stage = compress(tiny("llama"), "svd", settings, tmp_path)
    made = factors(tmp_path)
    model = open_model(tiny("llama"))
    dense = sum(x.in_features * x.out_features for x in model.anatomy.linears)
    numbers = sum(
        made[x.name].first.dense_weight().numel() + made[x.name].second.dense_weight().numel()
        if x.name in made
        else x.in_features * x.out_features
        for x in model.anatomy.linears
    )
    assert 0.67 * dense < numbers <= 0.7 * dense
    for linear in model.anatomy.linears:
        least = round(0.5 * svd.rank_for(linear.out_features, linear.in_features, 0.7, pivot))
        assert linear.name not in made or len(made[linear.name].first.dense_weight()) >= least
    charts = {event.chart for event in stage.events if isinstance(event, Curve | Grid)}
    assert charts >= {"Singular values: q", "Energy: down", "Ranks"}


def test_gradients_need_a_model_that_predicts_the_next_token(tiny: Tiny) -> None:
    info = method("svd")
    settings = info.settings.parse({**MATRIX_SETTINGS, "variant": "fisher"})
    (problem,) = info.load().check(open_model(tiny("bert")).anatomy, settings)
    assert problem.severity == "error" and "predicts the next token" in problem.message
    assert not info.load().check(open_model(tiny("llama")).anatomy, settings)


def test_the_estimate_counts_the_backward_pass(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.measure.machine.seconds", lambda name, device, operation: 1e-3)  # always as fast
    source, info = open_model(tiny("llama")), method("svd")
    alone, both = (
        info.load().estimate(
            source.header, source.anatomy, info.settings.parse({"variant": variant}), torch.device("cpu")
        )
        for variant in ("whitened", "fisher")
    )
    assert alone.seconds is not None and both.seconds is not None and both.seconds > 1.02 * alone.seconds


def test_layers_where_nothing_is_saved_stay(tiny: Tiny, tmp_path: Path) -> None:
    stage = compress(
        tiny("llama"),
        "svd",
        {**MATRIX_SETTINGS, "rank_allocation": "energy", "energy": 0.99999, "pivoting": False, "variant": "plain"},
        tmp_path,
    )
    assert not factors(tmp_path)
    assert sum("stays as it is" in line for line in stage.lines) == 14
    assert torch.equal(logits(tmp_path / "artifact"), logits(tiny("llama")))


def test_steps_of_ranks(tiny: Tiny, tmp_path: Path) -> None:
    compress(tiny("llama"), "svd", {**MATRIX_SETTINGS, "rank_multiple": 8, "rank_allocation": "global"}, tmp_path)
    assert {len(module.first.dense_weight()) % 8 for module in factors(tmp_path).values()} == {0}


def test_layers_that_are_left_alone(tiny: Tiny, tmp_path: Path) -> None:
    compress(tiny("llama"), "svd", {**MATRIX_SETTINGS, "ignore": ("down", "layers.0.*")}, tmp_path)
    assert len(factors(tmp_path)) == 6


def test_checks(tiny: Tiny) -> None:
    info = method("svd")
    anatomy = open_model(tiny("llama")).anatomy
    assert not info.load().check(anatomy, info.settings())
    (problem,) = info.load().check(anatomy, info.settings.parse({"rank_multiple": 64}))
    assert "too small" in problem.message
    problems = info.load().check(anatomy, info.settings.parse({"ignore": ("*",)}))
    assert any("nothing to factorize" in problem.message for problem in problems)


@pytest.mark.parametrize("pivot", [False, True])
def test_factors_are_trained_and_come_back(pivot: bool, tiny: Tiny, tmp_path: Path) -> None:
    compress(tiny("qwen2"), "svd", {**MATRIX_SETTINGS, "pivoting": pivot}, tmp_path)
    stage = RecordingStage(tmp_path / "training")
    model = open_for_training(open_model(tmp_path / "artifact"), stage)
    forms = [module for module in model.module.modules() if isinstance(module, LowRankTraining)]
    assert len(forms) == 14
    before = forms[0].layer.dense_weight()
    parameters = [p for form in forms for p in form.parameters()]
    for parameter in parameters:
        parameter.requires_grad_(True)
    model.module(input_ids=torch.arange(20)[None], labels=torch.arange(20)[None]).loss.backward()
    assert all(p.grad is not None and p.grad.abs().max() > 0 for p in parameters if p.ndim == 2)
    torch.optim.SGD(parameters, lr=0.1).step()
    close_after_training(model)
    assert len(model.compressed()) == 14
    assert not torch.equal(before, forms[0].layer.dense_weight())
    stage.describe_output(model)
    stage.finish(model)
    assert torch.isfinite(logits(tmp_path / "training" / "artifact")).all()


@pytest.mark.parametrize("pivot", [False, True])
def test_dense_export_says_the_same(pivot: bool, tiny: Tiny, tmp_path: Path) -> None:
    compress(tiny("gpt2"), "svd", {**MATRIX_SETTINGS, "pivoting": pivot}, tmp_path)
    entry = export_format("dense")
    entry.write(open_model(tmp_path / "artifact"), tmp_path / "out", entry.options(), lambda fraction, text: None)
    torch.testing.assert_close(logits(tmp_path / "out"), logits(tmp_path / "artifact"), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("pivot", [False, True])
@pytest.mark.parametrize("quantization", ["round_to_nearest", "gptq"])
def test_factors_are_quantized_as_factors(quantization: str, pivot: bool, tiny: Tiny, tmp_path: Path) -> None:
    compress(tiny("qwen2"), "svd", {**MATRIX_SETTINGS, "pivoting": pivot}, tmp_path / "svd")
    settings = {"text": TEXT, "num_samples": 4, "sequence_length": 32} if quantization == "gptq" else {}
    stage = compress(
        tmp_path / "svd" / "artifact", quantization, {"format": "int8", "group_size": 32, **settings}, tmp_path / "both"
    )
    made, before = factors(tmp_path / "both"), factors(tmp_path / "svd")
    assert set(made) == set(before)
    for name, layer in made.items():
        assert isinstance(layer.first, QuantizedLinear) and isinstance(layer.second, QuantizedLinear)
        assert layer.first.codes.shape == before[name].first.dense_weight().shape
        assert stage.layers[name].metrics["bits_per_weight"] < 10
    ours, theirs = logits(tmp_path / "both" / "artifact"), logits(tmp_path / "svd" / "artifact")
    assert (ours - theirs).norm() < 0.05 * theirs.norm()
    size = [sum(f.stat().st_size for f in (tmp_path / n / "artifact").glob("*.safetensors")) for n in ("both", "svd")]
    assert size[0] < 0.75 * size[1]


@pytest.mark.parametrize("pivot", [False, True])
def test_factors_are_rounded_for_the_divergence_of_the_model(pivot: bool, tiny: Tiny, tmp_path: Path) -> None:
    """Hessians of both factors' outputs, also where rows of the layer are stored as they are."""
    compress(tiny("llama"), "svd", {**MATRIX_SETTINGS, "pivoting": pivot}, tmp_path / "svd")
    settings = {"text": TEXT, "num_samples": 4, "sequence_length": 32, "format": "int8", "group_size": 16}
    compress(tmp_path / "svd" / "artifact", "gptq", {**settings, "objective": "kl"}, tmp_path / "both")
    ours, theirs = logits(tmp_path / "both" / "artifact"), logits(tmp_path / "svd" / "artifact")
    assert (ours - theirs).norm() < 0.05 * theirs.norm()
    assert set(factors(tmp_path / "both")) == set(factors(tmp_path / "svd"))


def test_hessians_of_pivoted_factors_are_those_of_the_layer() -> None:
    """What an error of either factor costs is what the changed weight costs under the layer's Hessian."""
    generator = torch.Generator().manual_seed(0)
    plain = svd.Factors(torch.randn(3, 6, generator=generator), torch.randn(8, 3, generator=generator))
    made, order = svd.pivoted(plain)
    layer = LowRankLinear(PlainLinear(made.first), PlainLinear(made.second), order=order.to(torch.int32))
    draws = torch.randn(20, 8, generator=generator)
    matrix, x = draws.T @ draws, torch.randn(6, generator=generator)
    inner, outer = factor_hessians(layer, matrix)
    for part, hessian in ((0, inner), (1, outer)):
        changed = [made.first.clone(), made.second.clone()]
        changed[part] += torch.randn(changed[part].shape, generator=generator)
        other = LowRankLinear(*(PlainLinear(one) for one in changed), order=order.to(torch.int32))
        error = (other.dense_weight() - layer.dense_weight()) @ x
        own = (changed[part] - (made.first, made.second)[part]) @ (x if part == 0 else made.first @ x)
        assert float(own @ hessian @ own) == pytest.approx(float(error @ matrix @ error), rel=1e-4)


def test_the_groups_of_a_factor_divide_its_rank() -> None:
    scheme = Scheme("int4", True, "group", 64)
    assert [fitting(scheme, inputs).group_size for inputs in (128, 232, 335)] == [64, 58, 64]
    assert fitting(scheme, 335).granularity == "channel" and fitting(scheme, 232).granularity == "group"


@pytest.mark.parametrize("allocation", ["uniform", "global", "energy"])
def test_layers_have_the_ranks_that_were_asked_for(allocation: str, tiny: Tiny, tmp_path: Path) -> None:
    """The others as if those were not there; a rank that saves nothing leaves its layer, and is said before."""
    info = method("svd")
    asked = {"layer_ranks": ["layers.0.mlp.down_proj=9", "down=21", "gate=64"]}
    values = {**MATRIX_SETTINGS, "rank_allocation": allocation, "rank_multiple": 4, "pivoting": False, **asked}
    settings, source = info.settings.parse(values), open_model(tiny("llama"))
    assert settings.summary().endswith("· mixed")
    (problem,) = info.load().check(source.anatomy, settings)
    assert "gate_proj (and 1 more) would not be smaller with rank 64" in problem.message
    assert problem.advice.startswith("Choose at most 38,")  # 38 · (64 + 96) < 64 · 96 = 6144 < 39 · 160
    estimate = info.load().estimate(source.header, source.anatomy, settings, torch.device("cpu"))
    compress(tiny("llama"), "svd", values, tmp_path / "a")
    ranks = {name: module.first.dense_weight().shape[0] for name, module in factors(tmp_path / "a").items()}
    assert ranks["model.layers.0.mlp.down_proj"] == 9 and ranks["model.layers.1.mlp.down_proj"] == 21
    assert not any("gate" in name for name in ranks)
    compress(tiny("llama"), "svd", {**values, "layer_ranks": (), "ignore": ("down", "gate")}, tmp_path / "b")
    alone = {name: module.first.dense_weight().shape[0] for name, module in factors(tmp_path / "b").items()}
    assert {name: rank for name, rank in ranks.items() if "down" not in name} == alone
    if allocation == "uniform":
        real = sum(file.stat().st_size for file in (tmp_path / "a" / "artifact").glob("*.safetensors"))
        assert estimate.disk_bytes == pytest.approx(real, rel=0.02)


def test_ranks_that_are_none_are_refused() -> None:
    for wrong in ("down=0", "down=1.5", "down=-3", "down"):
        (sentence,) = method("svd").settings.problems({"layer_ranks": [wrong]}).values()
        assert wrong in sentence
