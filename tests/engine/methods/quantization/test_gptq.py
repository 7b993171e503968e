"""GPTQ as a method: better than rounding to nearest on what it was calibrated on, and the sentences of its checks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.base.errors import BadInput
from engine.calibration.head_inputs import head_gram
from engine.methods.registry import method
from engine.models.layer import stored_weight
from engine.models.source import open_model
from engine.modules.quantized import QuantizedLinear, QuantizedWeight
from engine.numerics.column_walk import relative_error
from engine.numerics.quantization.gptq import gptq
from engine.numerics.quantization.quantize import dequantize, quantize
from engine.numerics.quantization.scheme import Clip, Scheme, Solution
from engine.testing.models import DECODERS
from engine.testing.stage import Killed, compress

Tiny = Callable[[str], Path]
TEXT = str(Path(__file__).resolve().parents[4] / "LICENSE")
MATRIX_SETTINGS: dict[str, Any] = {
    "granularity": "channel",
    "text": TEXT,
    "num_samples": 4,
    "sequence_length": 32,
    "gptaq_alpha": 0.5,
}
MATRIX_KINDS = (*DECODERS, "bert")


def test_every_site_is_solved_better_than_by_rounding(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the calibration text, whose Gram matrix says how much each error weighs."""
    errors: list[tuple[float, float]] = []

    def beside(weight: torch.Tensor, gram: torch.Tensor, scheme: Scheme, clip: Clip, **options: Any) -> Solution:
        solution = gptq(weight, gram.clone(), scheme, clip, **options)
        nearest = dequantize(quantize(weight, scheme, clip), scheme)
        errors.append((solution.error, relative_error(weight, nearest, gram)))
        return solution

    monkeypatch.setattr("engine.methods.quantization.common.solver.gptq", beside)
    stage = compress(tiny("llama"), "gptq", {**MATRIX_SETTINGS, "format": "int3", "num_samples": 64}, tmp_path)
    assert len(errors) == 8  # q, k, v together; o; gate and up together; down; in two layers
    assert all(ours < theirs for ours, theirs in errors)
    assert {event.metrics["output_error"] for event in stage.layers.values()} == {ours for ours, _ in errors}


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("order", [True, False])
def test_what_is_stored_is_what_was_solved(symmetric: bool, order: bool, tiny: Tiny, tmp_path: Path) -> None:
    settings = {**MATRIX_SETTINGS, "granularity": "group", "group_size": 32, "symmetric": symmetric, "act_order": order}
    compress(tiny("qwen2"), "gptq", settings, tmp_path)
    model = open_model(tmp_path / "artifact").load()
    quantized = [m for m in model.compressed().values() if isinstance(m, QuantizedLinear)]
    assert len(quantized) == 14
    assert all(m.scheme.symmetric is symmetric and m.scales.shape[1] == m.in_features // 32 for m in quantized)
    assert all(m.bias is None or torch.isfinite(m.bias).all() for m in quantized)


def test_layers_that_are_left_alone_stay_as_they_were(tiny: Tiny, tmp_path: Path) -> None:
    compress(tiny("llama"), "gptq", {**MATRIX_SETTINGS, "ignore": ("down", "layers.0.*")}, tmp_path)
    model = open_model(tmp_path / "artifact").load()
    assert len(model.compressed()) == 6
    assert not any("down" in name or "layers.0" in name for name in model.compressed())


@pytest.mark.parametrize("kind", ["llama", "llama_untied", "gpt2"])
@pytest.mark.parametrize(("embeddings", "head"), [(True, False), (False, True), (True, True)])
def test_embedding_and_head(kind: str, embeddings: bool, head: bool, tiny: Tiny, tmp_path: Path) -> None:
    """Rounded to nearest in formats of their own, tied or not; killed at every part and resumed: the same bytes; the
    estimate counts them."""
    anatomy = open_model(tiny(kind)).anatomy
    formats = [f"{anatomy.embeddings[0]}=int6", f"{anatomy.head}=int6"]
    values = {
        **MATRIX_SETTINGS,
        "quantize_embeddings": embeddings,
        "quantize_head": head,
        "format": "int4",
        "layer_formats": formats[:1] if anatomy.tied and embeddings else formats,
    }
    stage = compress(tiny(kind), "gptq", values, tmp_path)
    result = open_model(tmp_path / "artifact")
    assert result.anatomy.tied == (anatomy.tied and embeddings == head)
    assert any("no longer tied" in line for line in stage.lines) == (anatomy.tied and embeddings != head)
    schemes = {name: m.scheme.format for name, m in result.compressed().items() if isinstance(m, QuantizedWeight)}
    tables = {anatomy.embeddings[0]: embeddings, str(anatomy.head): head and not (anatomy.tied and embeddings)}
    assert {name for name, kind in schemes.items() if kind == "int6"} == {
        name for name, is_in in tables.items() if is_in
    }
    assert {kind for name, kind in schemes.items() if name not in tables} == {"int4"}
    original = open_model(tiny(kind))
    method_of = method("gptq")
    planner, parsed = method_of.load_planner(), method_of.settings.parse(values)
    assert set(planner.targets(anatomy, parsed)) >= {name for name, is_in in tables.items() if is_in}
    estimate = planner.estimate(original.header, anatomy, parsed, torch.device("cpu"))
    real = sum(file.stat().st_size for file in (tmp_path / "artifact").glob("*.safetensors"))
    assert estimate.disk_bytes == pytest.approx(real, rel=0.02)
    for kill_at in (1, len(original.parts)):
        place = tmp_path / str(kill_at)
        with pytest.raises(Killed):
            compress(tiny(kind), "gptq", values, place, kill_at=kill_at)
        compress(tiny(kind), "gptq", values, place)
        for file in (tmp_path / "artifact").iterdir():
            assert (place / "artifact" / file.name).read_bytes() == file.read_bytes(), file.name


def test_a_tied_table_is_rounded_for_what_the_head_reads(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Solved on what the head reads, it loses less there than the nearest weights, whose search knows the energies."""
    grams: list[torch.Tensor] = []

    def gathered(*arguments: Any) -> torch.Tensor | None:
        gram = head_gram(*arguments)
        grams.append(gram.clone())
        return gram

    monkeypatch.setattr("engine.methods.quantization.gptq.method.head_gram", gathered)
    values = {**MATRIX_SETTINGS, "format": "int3", "quantize_embeddings": True, "quantize_head": True}
    compress(tiny("llama"), "gptq", values, tmp_path)
    original, result = open_model(tiny("llama")).load(), open_model(tmp_path / "artifact").load()
    name = original.anatomy.embeddings[0]
    weight, rounded = (stored_weight(model.get(name)).float() for model in (original, result))
    (gram,), scheme = grams, Scheme("int3", granularity="channel")
    nearest = dequantize(quantize(weight, scheme, Clip("mse", steps=20), energy=gram.diagonal()), scheme)
    assert relative_error(weight, rounded, gram) < 0.8 * relative_error(weight, nearest, gram)


def test_few_samples_are_said(tiny: Tiny, tmp_path: Path) -> None:
    text = tmp_path / "short.txt"
    text.write_text("A text of some forty characters, no more.", encoding="utf-8")
    stage = compress(tiny("llama"), "gptq", {**MATRIX_SETTINGS, "text": str(text)}, tmp_path)
    assert any("1 samples" in line for line in stage.lines)


def test_a_text_shorter_than_a_sample_is_refused(tiny: Tiny, tmp_path: Path) -> None:
    text = tmp_path / "short.txt"
    text.write_text("Too short.", encoding="utf-8")
    with pytest.raises(BadInput, match="shorter than one window"):
        compress(tiny("llama"), "gptq", {**MATRIX_SETTINGS, "text": str(text)}, tmp_path)


def test_checks(tiny: Tiny) -> None:
    info = method("gptq")
    anatomy = open_model(tiny("llama")).anatomy
    problems = info.load().check(anatomy, info.settings.parse({"group_size": 40}))
    assert problems and all("not a multiple of group size 40" in problem.message for problem in problems)
    assert not info.load().check(anatomy, info.settings.parse({"group_size": 32}))


def test_the_same_seed_gives_the_same_bits(tiny: Tiny, tmp_path: Path) -> None:
    for name in ("one", "two"):
        compress(tiny("llama"), "gptq", MATRIX_SETTINGS, tmp_path / name)
    one, two = (sorted((tmp_path / name / "artifact").glob("*.safetensors")) for name in ("one", "two"))
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]
