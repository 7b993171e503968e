"""NVFP4 and MXFP4 in every method that quantizes: what is measured is what stock transformers loads."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM

from engine.export.base import DtypeOptions
from engine.export.registry import export_format
from engine.export.verification.check import export
from engine.methods.registry import method
from engine.models.source import open_model
from engine.modules.quantized import QuantizedLinear
from engine.testing.stage import compress, logits

Tiny = Callable[[str], Path]
TEXT = str(Path(__file__).resolve().parents[4] / "LICENSE")
DATA: dict[str, Any] = {"text": TEXT, "num_samples": 4, "sequence_length": 32}
ROTATED: dict[str, Any] = {**DATA, "rotation": "hadamard", "variant": "no_had", "activation_bits": 16, "kv_bits": 16}
RUNS: list[tuple[str, str, dict[str, Any]]] = [
    ("round_to_nearest", "nvfp4", {"clip": "imatrix_mse", **DATA}),
    ("gptq", "nvfp4", DATA),
    ("gptq", "mxfp4", DATA),
    ("awq", "nvfp4", {"n_grid": 4, **DATA}),
    ("awq", "mxfp4", {"n_grid": 4, **DATA}),
    ("spinquant", "nvfp4", {**ROTATED, "weight_method": "round_to_nearest"}),
    ("spinquant", "mxfp4", ROTATED),
]


@pytest.mark.parametrize(("name", "form", "settings"), RUNS, ids=lambda x: x if isinstance(x, str) else "")
def test_every_method_writes_what_transformers_reads(
    name: str, form: str, settings: dict[str, Any], tiny: Tiny, tmp_path: Path
) -> None:
    compress(tiny("llama"), name, {"format": form, **settings}, tmp_path)
    source, folder = tmp_path / "artifact", tmp_path / "out"
    model = open_model(source)
    layers = {n: m for n, m in model.load().compressed().items() if isinstance(m, QuantizedLinear)}
    assert len(layers) == 14 and {m.scheme.format for m in layers.values()} == {form}
    assert all(m.bits() / (m.out_features * m.in_features) < 4.7 for m in layers.values())
    if form == "nvfp4":  # fused where it is served: q, k, v and gate, up are in one unit
        for names in (("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"), ("mlp.gate_proj", "mlp.up_proj")):
            units = [layers[f"model.layers.1.{each}"].tensor_scale for each in names]
            assert len({float(unit) for unit in units if unit is not None}) == 1
    export_format("compressed-tensors").write(open_model(source), folder, DtypeOptions(), lambda *_: None)
    config = json.loads((folder / "config.json").read_text())["quantization_config"]
    assert config["format"] == f"{form}-pack-quantized"
    stock = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    with torch.no_grad():
        theirs = stock(input_ids=torch.arange(48).view(2, 24) * 7 % 250).logits
    ours = logits(source)
    assert torch.isfinite(theirs).all()
    assert float((theirs - ours).abs().max()) <= 2e-5 * max(1.0, float(ours.abs().max()))


def test_rotations_stay_within_the_groups(tiny: Tiny, tmp_path: Path) -> None:
    """Also where they are done at run time; a group that does not divide the channels is refused."""
    settings = {**ROTATED, "variant": "had", "format": "nvfp4", "weight_method": "round_to_nearest"}
    compress(tiny("llama"), "spinquant", settings, tmp_path)
    model = open_model(tmp_path / "artifact")
    down = model.get("model.layers.0.mlp.down_proj")
    assert down.transform.blocks == 6 and down.transform.n == 96
    details = json.dumps(model.get("model.layers.0.mlp.down_proj").spec())
    assert '"block": 16' in details
    dense = logits(tiny("llama"))
    assert float((logits(tmp_path / "artifact") - dense).norm() / dense.norm()) < 0.2
    info = method("spinquant")
    check = info.load().check
    anatomy = open_model(tiny("odd")).anatomy
    found = [str(p) for p in check(anatomy, info.settings.parse(settings)) if p.severity == "error"]
    assert any("turns" in problem and "do not divide" in problem for problem in found), found


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"format": "nvfp4"}, "not a multiple of group size 16"),
        ({"format": "int4", "group_size": 4, "clip": "four_over_six"}, "no levels 4 and 6"),
    ],
)
def test_what_does_not_fit_is_refused(settings: dict[str, Any], reason: str, tiny: Tiny) -> None:
    info = method("round_to_nearest")
    found = info.load().check(open_model(tiny("odd")).anatomy, info.settings.parse(settings))
    assert any(reason in str(problem) and problem.severity == "error" for problem in found), found


@pytest.mark.parametrize("form", ["nvfp4", "mxfp4"])
def test_with_rounded_inputs_transformers_computes_in_bfloat16(form: str, tiny: Tiny, tmp_path: Path) -> None:
    settings = {"format": form, "activations": form, **DATA}
    compress(tiny("llama"), "round_to_nearest", settings, tmp_path)
    source = tmp_path / "artifact"
    down = open_model(source).get("model.layers.0.mlp.down_proj")
    assert (down.activations.scale > 0) == (form == "nvfp4")
    verified = export(source, "compressed-tensors", tmp_path / "out", {}, lambda *_: None, lambda: None)
    assert verified.ok, verified.sentence
    entry = json.loads((tmp_path / "out" / "config.json").read_text())["quantization_config"]["config_groups"][
        "group_0"
    ]
    assert entry["input_activations"]["dynamic"] == ("local" if form == "nvfp4" else True)
    exact = logits(tiny("llama"))
    compress(tiny("llama"), "round_to_nearest", {"format": form}, tmp_path / "plain")
    rounded, weights = (float((logits(p) - exact).norm()) for p in (source, tmp_path / "plain" / "artifact"))
    assert rounded > weights  # the inputs are rounded too
