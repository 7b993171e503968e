"""One-shot pruning: exact counts on every kind of layer, the order of the scores, masks that outlive later blocks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM

from engine.base.errors import BadInput, RunFailed
from engine.calibration.settings import CalibrationSettings
from engine.calibration.statistics import Energy
from engine.calibration.tokens import calibration_tokens
from engine.contracts.settings import fields
from engine.data.texts import load_text
from engine.data.tokens import token_ids
from engine.export.registry import export_format
from engine.methods.pruning.one_shot_pruning.criteria import CRITERIA, Criterion
from engine.methods.registry import method
from engine.models.source import load_tokenizer, open_model
from engine.modules.quantized import QuantizedLinear
from engine.modules.sparse import SparseLinear
from engine.numerics import pruning
from engine.testing.models import DECODERS
from engine.testing.stage import RecordingStage, compress, logits

Tiny = Callable[[str], Path]
TEXT = str(Path(__file__).resolve().parents[4] / "LICENSE")
MATRIX_SETTINGS: dict[str, Any] = {"text": TEXT, "num_samples": 4, "sequence_length": 32}
MATRIX_KINDS = (*DECODERS, "bert")
SCORES = tuple(CRITERIA)


def layers_of(folder: Path) -> dict[str, SparseLinear]:
    model = open_model(folder / "artifact").load()
    return {name: module for name, module in model.compressed().items() if isinstance(module, SparseLinear)}


@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize("kind", ["qwen2", "gpt2", "odd", "bert"])
def test_every_layer_loses_its_share_and_biases_stay(kind: str, score: str, tiny: Tiny, tmp_path: Path) -> None:
    stage = compress(tiny(kind), "one_shot_pruning", {**MATRIX_SETTINGS, "score": score, "sparsity": 0.6}, tmp_path)
    made, original = layers_of(tmp_path), open_model(tiny(kind)).load()
    layers = {linear.name: linear for layer in original.anatomy.layers for linear in layer.linears}
    assert layers.keys() <= made.keys()
    for name, linear in layers.items():
        module, before = made[name], original.get(name)
        total = linear.in_features * linear.out_features
        assert module.kept / total == pytest.approx(0.4, abs=0.5 / (linear.in_features if score == "wanda" else 100))
        assert module.dense_weight().shape == before.weight.shape
        assert (module.bias is None) == (before.bias is None)
        assert module.bias is None or torch.equal(module.bias, before.bias)
        told = stage.layers[name].metrics
        assert told["sparsity"] == 1 - module.kept / total
        assert told["bits_per_weight"] == module.bits() / total
        if score != "sparsegpt":  # what is left is what it was
            weight = before.weight.detach()
            mask = module.kept_mask().T if linear.transposed else module.kept_mask()
            assert torch.equal(module.dense_weight()[mask], weight[mask])


@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize(("pattern", "n", "m"), [("2:4", 2, 4), ("4:8", 4, 8)])
def test_patterns(pattern: str, n: int, m: int, score: str, tiny: Tiny, tmp_path: Path) -> None:
    compress(tiny("llama"), "one_shot_pruning", {**MATRIX_SETTINGS, "score": score, "pattern": pattern}, tmp_path)
    for module in layers_of(tmp_path).values():
        assert set(module.kept_mask().view(-1, m).sum(1).tolist()) == {n}
    assert (logits(tmp_path / "artifact") - logits(tiny("llama"))).abs().max() > 0


def test_each_score_is_better_than_the_one_before(sample_model: Path, tmp_path: Path) -> None:
    """On the trained sample: the change of the logits."""
    wanted, errors = logits(sample_model, 128), {}
    for score in SCORES:
        settings = {"score": score, "num_samples": 16, "sequence_length": 128, "compute_dtype": "float32"}
        compress(sample_model, "one_shot_pruning", settings, tmp_path / score)
        found = logits(tmp_path / score / "artifact", 128)
        p, q = wanted.log_softmax(-1), found.log_softmax(-1)
        errors[score] = float((p.exp() * (p - q)).sum(-1).mean())
    assert errors["magnitude"] > errors["wanda"] > errors["sparsegpt"] > 0, errors
    assert errors["magnitude"] > errors["ria"], errors


@pytest.mark.parametrize("score", SCORES)
def test_pruned_weights_stay_gone_when_pruned_again(score: str, tiny: Tiny, tmp_path: Path) -> None:
    settings = {**MATRIX_SETTINGS, "score": score, "sparsity": 0.3}
    compress(tiny("llama"), "one_shot_pruning", settings, tmp_path / "once")
    more = {**settings, "sparsity": 0.6}
    compress(tmp_path / "once" / "artifact", "one_shot_pruning", more, tmp_path / "twice")
    once, twice = layers_of(tmp_path / "once"), layers_of(tmp_path / "twice")
    for name, module in twice.items():
        assert not (module.kept_mask() & ~once[name].kept_mask()).any()
        assert module.kept < once[name].kept


def test_masks_hold_through_fine_tuning_and_quantization(tiny: Tiny, tmp_path: Path) -> None:
    compress(tiny("llama"), "one_shot_pruning", MATRIX_SETTINGS, tmp_path / "pruned")
    training = {
        "text": TEXT,
        "sequence_length": 32,
        "steps": 3,
        "batch_size": 2,
        "micro_batch_size": 2,
        "eval_samples": 2,
    }
    compress(tmp_path / "pruned" / "artifact", "fine_tuning", training, tmp_path / "tuned")
    before, after = layers_of(tmp_path / "pruned"), layers_of(tmp_path / "tuned")
    assert after.keys() == before.keys()
    for name, module in after.items():
        assert torch.equal(module.mask, before[name].mask)
        assert not torch.equal(module.values, before[name].values)
    gptq = {"granularity": "channel", "text": TEXT, "num_samples": 4, "sequence_length": 32}
    compress(tmp_path / "tuned" / "artifact", "gptq", gptq, tmp_path / "quantized")
    model = open_model(tmp_path / "quantized" / "artifact").load()
    for name, module in after.items():
        quantized = model.get(name)
        assert isinstance(quantized, QuantizedLinear)
        assert not quantized.dense_weight()[~module.kept_mask()].any()


def test_a_dense_export_has_the_zeros(tiny: Tiny, tmp_path: Path) -> None:
    compress(tiny("llama"), "one_shot_pruning", {**MATRIX_SETTINGS, "pattern": "2:4"}, tmp_path)
    dense = export_format("dense")
    dense.write(
        open_model(tmp_path / "artifact"), tmp_path / "dense", dense.options(dtype="as stored"), lambda *_: None
    )
    stock = AutoModelForCausalLM.from_pretrained(tmp_path / "dense", dtype=torch.float32)
    for name, module in layers_of(tmp_path).items():
        assert torch.equal(stock.get_submodule(name).weight.detach() != 0, module.kept_mask())
    with torch.no_grad():
        theirs = stock(input_ids=torch.arange(48).view(2, 24) * 7 % 250).logits
    assert torch.allclose(theirs, logits(tmp_path / "artifact"), atol=1e-5)


def test_layers_that_are_left_alone_stay_dense(tiny: Tiny, tmp_path: Path) -> None:
    compress(tiny("llama"), "one_shot_pruning", {**MATRIX_SETTINGS, "ignore": ("down", "layers.0.*")}, tmp_path)
    made = layers_of(tmp_path)
    assert len(made) == 6 and not any("down" in name or "layers.0" in name for name in made)


def test_checks(tiny: Tiny) -> None:
    info = method("one_shot_pruning")
    odd, unknown = open_model(tiny("odd")).anatomy, open_model(tiny("llama")).anatomy
    problems = info.load().check(odd, info.settings.parse({"pattern": "4:8"}))
    assert problems and "not a multiple of 8" in problems[0].message
    problems = info.load().check(unknown, info.settings.parse({"ignore": ("*",)}))
    assert "nothing to prune" in problems[-1].message
    assert not info.load().check(unknown, info.settings.parse({"pattern": "2:4"}))
    blocks = {"comparison_group": "block"}
    (problem,) = info.load().check(unknown, info.settings.parse({"score": "wanda", **blocks}))
    assert "Wanda has no blocks of inputs" in problem.message
    assert not info.load().check(unknown, info.settings.parse({"score": "sparsegpt", **blocks}))


def test_what_can_t_be_pruned_is_named(tiny: Tiny, tmp_path: Path) -> None:
    svd = {"text": TEXT, "num_samples": 4, "sequence_length": 32, "ranks": "uniform", "removed": 0.3}
    compress(tiny("llama"), "svd", svd, tmp_path / "svd")
    with pytest.raises(BadInput, match="factorized"):
        compress(tmp_path / "svd" / "artifact", "one_shot_pruning", MATRIX_SETTINGS, tmp_path / "pruned")
    model = open_model(tiny("llama")).load()
    name = model.anatomy.linears[1].name
    model.get(name).weight.data[0, 0] = float("nan")  # type: ignore[union-attr,index]
    info = method("one_shot_pruning")
    settings = info.settings.parse({**MATRIX_SETTINGS, "score": "magnitude"})
    with pytest.raises(RunFailed, match=r"k_proj.*NaN"):
        info.load().apply(model, settings, RecordingStage(tmp_path / "nan"))


@pytest.mark.real_model
def test_smollm2(smollm2: Path, tmp_path: Path) -> None:
    """Half of the weights of two layers go: on a text like that of the calibration, SparseGPT changes far less."""
    layers = tuple(f"layers.{index}.*" for index in range(2, 30))
    settings = {"num_samples": 8, "sequence_length": 128, "ignore": layers, "score": "sparsegpt"}
    compress(smollm2, "one_shot_pruning", settings, tmp_path / "second")
    compress(smollm2, "one_shot_pruning", {**settings, "score": "magnitude"}, tmp_path / "magnitude")
    wanted = of_text(smollm2)
    errors = {}
    for name in ("second", "magnitude"):
        found = of_text(tmp_path / name / "artifact")
        errors[name] = float((wanted.exp() * (wanted - found)).sum(-1).mean())
    assert errors["second"] < 0.7 * errors["magnitude"], errors
    assert len(layers_of(tmp_path / "second")) == 14


def of_text(path: Path) -> torch.Tensor:
    """Log-probabilities of the first tokens of the bundled test text."""
    model = open_model(path).load(dtype=torch.float32)
    ids = token_ids(load_tokenizer(model), load_text("sample").text[:2000])[:128]
    with torch.no_grad():
        found: torch.Tensor = model.module(input_ids=ids[None]).logits.log_softmax(-1)
    return found


@pytest.mark.parametrize("row", CRITERIA.values(), ids=list(CRITERIA))
def test_every_criterion_is_a_row(row: Criterion, tiny: Tiny, tmp_path: Path) -> None:
    """Choices, help, sentences and what is done come from the table."""
    info = method("one_shot_pruning")
    settings = info.settings.parse({"score": row.id})
    field = next(field for field in fields(info.settings) if field.name == "score")
    assert (row.id, row.title) in field.choices and row.help in field.help
    assert settings.summary().startswith(row.name)
    assert row.name in info.summary and row.paper in info.paper and row.id in info.keywords
    assert callable(getattr(pruning, row.formula))
    compress(tiny("llama"), "one_shot_pruning", {**MATRIX_SETTINGS, "score": row.id}, tmp_path)
    masks = [module.kept_mask() for module in layers_of(tmp_path).values()]
    assert all(int(mask.sum()) == mask.numel() // 2 for mask in masks)
    by_row = all(torch.all(mask.sum(1) == mask.shape[1] // 2) for mask in masks)
    assert by_row == (row.group == "row")


def test_an_unknown_criterion_is_refused() -> None:
    with pytest.raises(BadInput, match="sparsegpt"):
        method("one_shot_pruning").settings.parse({"score": "taste"})


def test_ria_is_what_its_formula_says(tiny: Tiny, tmp_path: Path) -> None:
    """The mask of the first layer, which nothing that was pruned stands before, from the squares that reach it."""
    compress(tiny("llama"), "one_shot_pruning", {**MATRIX_SETTINGS, "score": "ria"}, tmp_path)
    model = open_model(tiny("llama")).load(dtype=torch.float32)
    name = model.anatomy.linears[0].name
    settings = method("one_shot_pruning").settings.parse(MATRIX_SETTINGS)
    assert isinstance(settings, CalibrationSettings)
    energy = Energy(model.anatomy.hidden_size)
    with torch.no_grad(), model.get(name).register_forward_pre_hook(lambda _, inputs: energy.add(inputs[0])):
        model.module(input_ids=calibration_tokens(model, settings, RecordingStage(tmp_path / "text")))
    weight = model.get(name).weight
    assert isinstance(weight, torch.Tensor)
    expected = pruning.mask_of(pruning.ria_scores(weight.detach(), energy.sum), pruning.Pattern(0.5))
    assert float((layers_of(tmp_path)[name].kept_mask() == expected).float().mean()) > 0.999


@pytest.mark.parametrize("score", ["wanda", "sparsegpt"])
def test_exceptions_have_a_share_of_their_own(score: str, tiny: Tiny, tmp_path: Path) -> None:
    given = ["layers.0.*.q_proj=0", "q=25%", "nothing=0.9"]
    settings = {**MATRIX_SETTINGS, "score": score, "sparsity": 0.5, "layer_sparsity": given}
    compress(tiny("llama"), "one_shot_pruning", settings, tmp_path)
    for name, module in layers_of(tmp_path).items():
        share = 0.0 if ".0." in name and name.endswith("q_proj") else 0.25 if name.endswith("q_proj") else 0.5
        gone = 1 - module.kept / (module.out_features * module.in_features)
        assert gone == pytest.approx(share, abs=0.02), name
    anatomy = open_model(tiny("llama")).anatomy
    problems = method("one_shot_pruning").load().check(anatomy, method("one_shot_pruning").settings.parse(settings))
    assert [problem.message for problem in problems] == ["No layer is called 'nothing'"]
