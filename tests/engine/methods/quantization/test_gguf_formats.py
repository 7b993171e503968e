"""GGUF's block formats as number formats of every method that quantizes: what is measured is what the file holds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.export.registry import export_format
from engine.methods.quantization.common.weights import FORMAT_TITLES, GGML
from engine.methods.quantization.round_to_nearest.settings import RoundToNearestSettings
from engine.methods.registry import method
from engine.models.source import open_model
from engine.modules.ggml import GgmlEmbedding, GgmlLinear, GgmlWeight
from engine.numerics.ggml.layouts import LAYOUTS
from engine.run.planned_export import planned_problems
from engine.testing.stage import compress, logits

Tiny = Callable[[str], Path]
TEXT = str(Path(__file__).resolve().parents[4] / "LICENSE")
DATA: dict[str, Any] = {"text": TEXT, "num_samples": 2, "sequence_length": 32}
RUNS: list[tuple[str, str, dict[str, Any]]] = [
    ("round_to_nearest", "Q4_1", {"clip": "imatrix_mse", "quantize_embeddings": True, "quantize_head": True, **DATA}),
    ("gptq", "Q5_1", DATA),
    ("awq", "IQ4_NL", {"n_grid": 2, **DATA}),
    ("spinquant", "Q4_0", {**DATA, "rotation": "hadamard", "variant": "no_had", "activation_bits": 16, "kv_bits": 16}),
]


@pytest.mark.parametrize(("name", "form", "settings"), RUNS, ids=lambda x: x if isinstance(x, str) else "")
def test_the_file_holds_the_blocks_of_the_artifact(
    name: str, form: str, settings: dict[str, Any], tiny: Tiny, tmp_path: Path
) -> None:
    dense = logits(tiny("llama"))
    if name == "gptq":  # behind an adapter that was merged
        learned = {"text": TEXT, "steps": 2, "batch_size": 1, "sequence_length": 16, "r": 2, "result": "merged"}
        compress(tiny("llama"), "lora", learned, tmp_path / "lora")
        compress(tmp_path / "lora" / "artifact", name, {"format": form, **settings}, tmp_path)
    else:
        compress(tiny("llama"), name, {"format": form, **settings}, tmp_path)
    model = open_model(tmp_path / "artifact")
    layers = {n: m for n, m in model.load().compressed().items() if isinstance(m, GgmlWeight)}
    assert {m.layout.name for m in layers.values()} == {form}
    assert len([m for m in layers.values() if isinstance(m, GgmlLinear)]) == 14
    assert any(isinstance(m, GgmlEmbedding) for m in layers.values()) == ("quantize_head" in settings)
    assert float((logits(tmp_path / "artifact") - dense).norm() / dense.norm()) < 0.2
    entry = export_format("gguf")
    entry.write(open_model(tmp_path / "artifact"), tmp_path / "out", entry.options(), lambda *_: None)
    (file,) = (tmp_path / "out").glob("*.gguf")
    read = open_model(file)
    for place, module in layers.items():
        assert torch.equal(read.source.load(f"{place}.weight"), module.dense_weight()), place


def test_a_model_on_the_grid_comes_back_to_it(tiny: Tiny, tmp_path: Path) -> None:
    """In the type that it is in, by rounding with an importance matrix and by GPTQ."""
    compress(tiny("llama"), "round_to_nearest", {"format": "Q4_1"}, tmp_path / "first")
    entry = export_format("dense")
    entry.write(open_model(tmp_path / "first" / "artifact"), tmp_path / "dense", entry.options(), lambda *_: None)
    before = open_model(tmp_path / "dense")
    for name, settings in (
        ("round_to_nearest", {"clip": "imatrix_mse", **DATA}),
        ("gptq", DATA),
    ):
        place = tmp_path / f"{name}{len(settings)}"
        compress(tmp_path / "dense", name, {"format": "Q4_1", **settings}, place)
        model = open_model(place / "artifact").load()
        layers = {n: m for n, m in model.compressed().items() if isinstance(m, GgmlLinear)}
        assert len(layers) == 14
        for layer, module in layers.items():
            assert torch.equal(before.source.load(f"{layer}.weight"), module.matrix()), layer


def test_what_does_not_fit_is_said_before_the_run(tiny: Tiny) -> None:
    info = method("round_to_nearest")
    anatomy = open_model(tiny("odd")).anatomy
    found = [str(p) for p in info.load().check(anatomy, info.settings.parse({"format": "Q4_K"}))]
    assert any("not a multiple of group size 256" in each and "has no others" in each for each in found), found
    llama, wanted = open_model(tiny("llama")).anatomy, RoundToNearestSettings(format="Q4_0")
    (refused,) = planned_problems(llama, [wanted], export_format("compressed-tensors"))
    assert "could not be written as compressed-tensors" in refused.message
    assert not planned_problems(llama, [wanted], export_format("gguf"))
    free = RoundToNearestSettings(format="int4", group_size=32, symmetric=False, zero_point="float")
    for target in ("compressed-tensors", "gptq"):
        (refused,) = planned_problems(llama, [free], export_format(target))
        assert refused.severity == "error" and "floating minima" in refused.message
    assert not planned_problems(llama, [free], export_format("gguf"))


def test_formats_of_fused_layers_are_compared_before_the_run(tiny: Tiny) -> None:
    """Where q, k, v differ some targets refuse, and others warn."""
    llama = open_model(tiny("llama")).anatomy
    mixed = [RoundToNearestSettings(format="int4", group_size=32, ignore=("q_proj",))]
    found = {
        name: planned_problems(llama, mixed, export_format(name)) for name in ("compressed-tensors", "gptq", "gguf")
    }
    severities = {name: [problem.severity for problem in problems] for name, problems in found.items()}
    assert severities == {"compressed-tensors": ["warning"], "gptq": ["error"], "gguf": []}
    assert "q_proj dense" in found["compressed-tensors"][0].message


def test_the_formats_on_offer_are_those_of_the_blocks() -> None:
    for name in GGML:
        assert f"blocks of {LAYOUTS[name].size}" in FORMAT_TITLES[name]
