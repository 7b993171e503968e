"""Statistics of layers against plain numpy."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from engine.base.errors import Cancelled
from engine.contracts.inspection import Inspection, LayerStatistics
from engine.measure import inspection
from engine.measure.inspection import inspect_model
from engine.models.source import open_model
from engine.service.wire import decode, encode
from engine.testing.models import KINDS, tiny_model
from engine.testing.stage import compress

Tiny = Callable[[str], Path]
WORDS = "The quick brown fox jumps over the lazy dog. " * 30


def inspect(folder: Path, reference: Path | None = None, text: str | None = None) -> Inspection:
    other = None if reference is None else open_model(reference)
    model = open_model(folder)
    found = inspect_model(model, reference=other, text=text, progress=lambda *_: None, checkpoint=lambda: None)
    assert all(tensor.device.type == "meta" for tensor in model.module.parameters())
    return found


def by_name(found: Inspection) -> dict[str, LayerStatistics]:
    return {layer.name: layer for layer in found.layers}


def kurtosis_of(x: np.ndarray, axis: int | None = None) -> Any:
    d = x - x.mean(axis, keepdims=True)
    return (d**4).mean(axis) / (d**2).mean(axis) ** 2


@pytest.mark.parametrize("kind", KINDS)
def test_every_linear_and_embedding_has_its_numbers(kind: str, tiny: Tiny) -> None:
    found = by_name(inspect(tiny(kind)))
    model = open_model(tiny(kind))
    expected = {*model.anatomy.embeddings, *(linear.name for linear in model.anatomy.linears)}
    if model.anatomy.head is not None and not model.anatomy.tied:
        expected.add(model.anatomy.head)
    assert set(found) == expected
    model.load()
    for name, row in found.items():
        weight: Any = model.get(name).weight.double().numpy()
        assert row.shape == weight.shape and row.parameters == weight.size
        assert (row.format, row.bits_per_weight) == ("float32", 32)
        assert (row.minimum, row.maximum) == pytest.approx((weight.min(), weight.max()))
        assert row.mean == pytest.approx(weight.mean(), abs=1e-9)
        assert row.standard_deviation == pytest.approx(weight.std(), rel=1e-6)
        assert row.kurtosis == pytest.approx(kurtosis_of(weight), abs=1e-6)
        assert row.sparsity == pytest.approx((weight == 0).mean())
        counts, _ = np.histogram(weight, 256, (row.histogram.low, row.histogram.high))
        assert np.abs(np.array(row.histogram.counts) - counts).sum() <= 4  # float32 edges
        assert row.sqnr_db is None and row.reference is None and row.input_kurtosis is None


def test_against_a_reference(tiny: Tiny, tmp_path: Path) -> None:
    compress(tiny("llama"), "round_to_nearest", {"format": "int4", "group_size": 32}, tmp_path)
    found = by_name(inspect(tmp_path / "artifact", tiny("llama")))
    before, after = open_model(tiny("llama")).load(), open_model(tmp_path / "artifact").load()
    for linear in before.anatomy.linears:
        row = found[linear.name]
        w: Any = before.get(linear.name).weight.double()
        off = w - after.get(linear.name).dense_weight().double()  # type: ignore[operator]
        assert row.format == "int4 g32 sym"
        assert row.bits_per_weight == pytest.approx(4.5)
        assert row.sqnr_db == pytest.approx(float(10 * torch.log10((w**2).sum() / (off**2).sum())), abs=1e-6)
        assert row.error == pytest.approx(float(off.norm() / w.norm()), rel=1e-6)
        assert row.reference is not None and sum(row.reference.counts) == row.parameters
        assert (row.reference.low, row.reference.high) == (row.histogram.low, row.histogram.high)
    assert found["model.embed_tokens"].sqnr_db == math.inf


def test_kurtosis_of_what_layers_read(tiny: Tiny, tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_text(WORDS)
    found = inspect(tiny("llama"), text=str(path))
    assert found.tokens == 4 * 256  # the model has 256 positions
    model = AutoModelForCausalLM.from_pretrained(tiny("llama"), dtype=torch.float32)
    ids = torch.tensor(AutoTokenizer.from_pretrained(tiny("llama"))(WORDS)["input_ids"][:1024]).view(4, 256)
    read: dict[str, Any] = {}
    names = [row.name for row in found.layers if row.layer is not None]
    for name in names:
        model.get_submodule(name).register_forward_pre_hook(lambda _, x, name=name: read.update({name: x[0]}))
    with torch.no_grad():
        model(ids)
    for name in names:
        x = read[name].reshape(-1, read[name].shape[-1]).double().numpy()
        assert by_name(found)[name].input_kurtosis == pytest.approx(kurtosis_of(x, 1).mean(), abs=1e-4)
        assert by_name(found)[name].input_kurtosis_pooled == pytest.approx(kurtosis_of(x), abs=1e-4)


def test_the_divergence_after_a_layer_stands_at_its_last_linear(tiny: Tiny, tmp_path: Path) -> None:
    compress(tiny("llama"), "round_to_nearest", {"format": "int4", "group_size": 32}, tmp_path / "int4")
    text = tmp_path / "text.txt"
    text.write_text(WORDS)
    found = inspect(tmp_path / "int4" / "artifact", tiny("llama"), str(text))
    assert [row.name for row in found.layers if row.divergence is not None] == [
        "model.layers.0.mlp.down_proj",
        "model.layers.1.mlp.down_proj",
    ]
    assert all(row.divergence is None for row in inspect(tiny("llama"), text=str(text)).layers)


def test_weights_without_a_tokenizer_are_inspected_all_the_same(tiny: Tiny, tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    shutil.copytree(tiny("llama"), bare, ignore=shutil.ignore_patterns("tokenizer*"))
    found = inspect(bare, tiny("llama"), str(Path(__file__).resolve().parents[3] / "LICENSE"))
    assert found.text is None and found.tokens == 0 and found.layers[0].error == 0
    assert all(row.divergence is row.input_kurtosis is None for row in found.layers)


@pytest.mark.parametrize("kind", ["gpt2", "opt", "gpt_neox", "phi3", "bert"])
def test_kurtosis_for_all_anatomies(kind: str, tiny: Tiny, tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_text(WORDS)
    rows = [row for row in inspect(tiny(kind), text=str(path)).layers if row.layer is not None]
    assert rows and all(row.input_kurtosis is not None for row in rows)


def test_it_is_kept_until_the_file_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tiny_model("llama", tmp_path / "model", seed=5)
    first = inspect(folder)
    assert decode(encode(first)[8:]) == first

    def forbidden(*_: Any) -> None:
        raise AssertionError("computed anew")

    with monkeypatch.context() as patched:
        patched.setattr(inspection, "_layer", forbidden)
        assert inspect(folder) == first
    weights = load_file(folder / "model.safetensors")
    save_file({name: 2 * weight for name, weight in weights.items()}, folder / "model.safetensors", {"format": "pt"})
    assert inspect(folder).layers[0].maximum == 2 * first.layers[0].maximum


def test_a_layer_with_nan_is_marked(tmp_path: Path) -> None:
    folder = tiny_model("llama", tmp_path / "model")
    weights = load_file(folder / "model.safetensors")
    weights["model.layers.0.mlp.up_proj.weight"][3, 3] = math.nan
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    found = by_name(inspect(folder))
    assert [name for name, row in found.items() if not row.finite] == ["model.layers.0.mlp.up_proj"]
    json.dumps(found["model.layers.0.mlp.up_proj"].histogram.counts)


def test_cancel(tmp_path: Path) -> None:
    model = open_model(tiny_model("llama", tmp_path / "model", seed=6))
    calls = 0

    def checkpoint() -> None:
        nonlocal calls
        calls += 1
        if calls == 5:
            raise Cancelled

    with pytest.raises(Cancelled):
        inspect_model(model, progress=lambda *_: None, checkpoint=checkpoint)
    assert all(tensor.device.type == "meta" for tensor in model.module.parameters())


def test_behind_an_online_rotation_the_kurtosis_is_that_of_what_the_weight_meets(tiny: Tiny, tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_text(WORDS)
    settings = {"rotation": "hadamard", "weights": "nearest", "activation_bits": 8, "text": str(path), "length": 32}
    compress(tiny("llama"), "spinquant", settings, tmp_path)
    model = open_model(tmp_path / "artifact")
    found = by_name(inspect(tmp_path / "artifact", text=str(path)))
    name = next(each.name for each in model.anatomy.linears if each.role == "down")
    assert found[name].format == "int4 channel sym, inputs rotated, inputs int8"
    met: list[torch.Tensor] = []
    module = model.ready().module.get_submodule(name)
    module.register_forward_pre_hook(lambda module, x: met.append(module.rotated(x[0])))
    ids = torch.tensor(AutoTokenizer.from_pretrained(tiny("llama"))(WORDS)["input_ids"][:1024]).view(4, 256)
    with torch.no_grad():
        model.module(ids)
    x = torch.cat(met).reshape(-1, met[0].shape[-1]).double().numpy()
    assert found[name].input_kurtosis == pytest.approx(kurtosis_of(x, 1).mean(), abs=0.02)
