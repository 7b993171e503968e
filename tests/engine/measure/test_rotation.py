"""What the rotation inspector shows, against plain numpy and against what the network really reads."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from engine.base.errors import Cancelled
from engine.contracts.commands import InspectRotation
from engine.contracts.rotation import PLACES, Place, PlaceStatistics, RotationInspection
from engine.data.batches import windows
from engine.data.tokens import token_ids
from engine.measure.rotation import inspect_rotation, observe
from engine.models.source import load_tokenizer, open_model
from engine.numerics.hadamard import hadamard
from engine.pipeline.document import Evaluation, Pipeline
from engine.record.home import Home
from engine.run.control import Control
from engine.run.runner import start
from engine.service.jobs import execute
from engine.service.wire import decode, encode
from engine.testing.models import KINDS
from engine.testing.stage import compress

Tiny = Callable[[str], Path]
TEXT = str(Path(__file__).resolve().parents[3] / "LICENSE")
EXACT: dict[str, Any] = {"weights": "none", "activation_bits": 16, "kv_bits": 16, "text": TEXT, "length": 32}


def inspect(model: Path, reference: Path | None = None) -> RotationInspection:
    return inspect_rotation(
        open_model(model),
        reference=None if reference is None else open_model(reference),
        text=TEXT,
        progress=lambda *_: None,
        checkpoint=lambda: None,
    )


def by_place(found: tuple[PlaceStatistics, ...]) -> dict[tuple[int, Place], PlaceStatistics]:
    return {(each.layer, each.place): each for each in found}


def rotated(source: Path, folder: Path) -> Path:
    """The artifact of a run of the block."""
    steps = [("model", {"model": str(source)}), ("spinquant", {**EXACT, "rotation": "hadamard"})]
    run = start(Pipeline.linear(steps, evaluation=Evaluation(when="never")), home=Home(folder), device="cpu")
    assert run.status == "done", run.error
    return Path(run.report["stages"][-1]["artifact"])


def kurtosis_of(x: np.ndarray, axis: int | None = None) -> Any:
    d = x - x.mean(axis, keepdims=True)
    return (d**4).mean(axis) / (d**2).mean(axis) ** 2


@pytest.mark.parametrize("kind", KINDS)
def test_every_model_has_its_places(kind: str, tiny: Tiny) -> None:
    found = inspect(tiny(kind))
    assert found.before == () and found.reference is None and found.matrices == ()
    assert [(each.layer, each.place) for each in found.after] == [(i, place) for i in range(2) for place in PLACES]
    model = open_model(tiny(kind)).anatomy
    widths = {"residual": model.hidden_size, "down_input": model.intermediate_size, "o_input": None}
    for each in found.after:
        if widths.get(each.place):
            assert each.channels == widths[each.place]
        assert math.isfinite(each.kurtosis) and each.peak >= 1 and 0 < each.rms <= each.largest
        assert sum(each.distribution.counts) == sum(each.tail.counts) == each.channels * found.tokens
    assert decode(encode(found)[8:]) == found


def test_the_metrics_are_those_of_numpy(tiny: Tiny) -> None:
    model = open_model(tiny("llama"))
    found = by_place(inspect(tiny("llama")).after)
    ids = windows(token_ids(load_tokenizer(model), Path(TEXT).read_text()), 256, 2)
    model.load(dtype=torch.float32)
    read: list[torch.Tensor] = []
    model.get(model.anatomy.layers[1].name + ".self_attn.q_proj").register_forward_pre_hook(
        lambda _, x: read.append(x[0].detach())
    )
    with torch.no_grad():
        for window in ids:
            model.module(input_ids=window[None])
    x = torch.cat([each[0] for each in read]).double().numpy()
    seen = found[1, "qkv_input"]
    assert seen.kurtosis == pytest.approx(float(np.mean([kurtosis_of(row) for row in x])), rel=1e-3)
    assert seen.kurtosis_pooled == pytest.approx(float(kurtosis_of(x)), rel=1e-3)
    assert seen.largest == pytest.approx(np.abs(x).max(), rel=1e-4)
    assert seen.rms == pytest.approx(math.sqrt((x**2).mean()), rel=1e-4)
    middle = np.sort(np.abs(x), 1)[:, (x.shape[1] - 1) // 2]
    assert seen.peak == pytest.approx(float((np.abs(x).max(1) / middle).mean()), rel=1e-3)
    cells = np.frombuffer(seen.surface.values, "f4").reshape(seen.surface.rows, seen.surface.columns)
    assert (seen.surface.tokens, seen.surface.channels) == (256, 64)
    assert cells.shape == (64, 64) and cells.max() == pytest.approx(np.abs(x[:256]).max(), rel=1e-4)
    assert cells[0, 0] == pytest.approx(np.abs(x[:4, 0]).max(), rel=1e-4)


def test_before_and_after_with_the_matrices(sample_model: Path, tmp_path: Path) -> None:
    found = inspect(rotated(sample_model, tmp_path), sample_model)
    before, after = by_place(found.before), by_place(found.after)
    assert before.keys() == after.keys()
    down: list[tuple[int, Place]] = [key for key in before if key[1] == "down_input"]
    assert all(abs(after[key].kurtosis - 3) < 2 < before[key].kurtosis - 3 for key in down)
    assert all(after[key].peak < before[key].peak for key in down)
    for key in before:  # a rotation keeps lengths; qkv inputs are scaled by the folded norms
        if key[1] in ("residual", "down_input", "queries", "keys"):
            assert after[key].rms == pytest.approx(before[key].rms, rel=0.02)
    assert [each.name for each in found.matrices][:2] == ["R1", "R2 of layer 0, head 0"]
    assert all(each.distance == 0 and each.orthogonality < 1e-12 for each in found.matrices)
    assert any(note.startswith("R4: Hadamard of order") for note in found.notes)


def test_what_is_seen_behind_an_online_rotation_is_what_the_weight_meets(tiny: Tiny, tmp_path: Path) -> None:
    compress(tiny("llama"), "spinquant", {**EXACT, "rotation": "hadamard"}, tmp_path)
    ids = torch.arange(48).view(2, 24) * 7 % 250
    seen: dict[str, dict[tuple[int, Place], torch.Tensor]] = {}
    for name, folder in (("plain", tiny("llama")), ("rotated", tmp_path / "artifact")):
        places = seen.setdefault(name, {})
        observe(open_model(folder), ids, lambda i, p, x, places=places: places.update({(i, p): x}), "cpu", lambda: None)
    for layer in range(2):
        plain, rotated = (seen[name][layer, "down_input"] for name in ("plain", "rotated"))
        assert torch.allclose(hadamard(96).apply(plain), rotated, atol=1e-4)
        plain, rotated = (seen[name][layer, "keys"] for name in ("plain", "rotated"))
        assert torch.allclose(hadamard(16).apply(plain), rotated, atol=1e-4)


def test_block_diagonal_transforms_are_said(tiny: Tiny, tmp_path: Path) -> None:
    notes = inspect(rotated(tiny("odd"), tmp_path)).notes
    assert any("no Hadamard matrix of order 10 is known" in note for note in notes)


def test_as_a_command_of_the_engine(tiny: Tiny, tmp_path: Path) -> None:
    command = InspectRotation(id="1", model=str(tiny("qwen2")), reference=str(tiny("qwen2")), text=TEXT)
    told: list[str] = []
    home = Home(tmp_path)
    found = execute(
        command, home=home, device="cpu", progress=lambda _, text: told.append(text), control=Control(), emit=print
    )
    assert isinstance(found, RotationInspection) and found.before == found.after and told
    control = Control()
    control.cancel()
    with pytest.raises(Cancelled):
        execute(command, home=home, device="cpu", progress=lambda *_: None, control=control, emit=print)
