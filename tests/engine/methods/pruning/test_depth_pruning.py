"""Depth pruning: what is measured is what the whole model says, and what is left is a stock model without layers."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM

from engine.base.errors import BadInput
from engine.checkpoints import checksum
from engine.contracts.events import Curve, Grid
from engine.methods.pruning.depth_pruning.choosing import Trial, measured
from engine.methods.registry import method
from engine.models.model import Model
from engine.models.source import open_model
from engine.numerics.influence import angular_distances, block_influence, closest_block, least_influential_layers
from engine.testing.models import DECODERS
from engine.testing.stage import RecordingStage, compress, logits

Tiny = Callable[[str], Path]
TEXT = str(Path(__file__).resolve().parents[4] / "LICENSE")
MATRIX_SETTINGS: dict[str, Any] = {"text": TEXT, "num_samples": 4, "sequence_length": 32, "num_pruned_layers": 1}
MATRIX_KINDS = (*DECODERS, "bert")
SETTINGS = method("depth_pruning").settings.parse({**MATRIX_SETTINGS, "compute_dtype": "float32"})
TOKENS = torch.arange(128).view(4, 32) * 7 % 250


def states_of(model: Model, tokens: torch.Tensor) -> list[torch.Tensor]:
    """What enters each layer and what the last one gives."""
    found: list[torch.Tensor] = []

    def keep(_: Any, arguments: tuple[torch.Tensor, ...], output: Any) -> None:
        found.append(arguments[0])
        found.append(output[0] if isinstance(output, tuple) else output)

    layers = [model.get(layer.name) for layer in model.anatomy.layers]
    handles = [layer.register_forward_hook(keep) for layer in layers]
    with torch.no_grad():
        model.module(input_ids=tokens)
    for handle in handles:
        handle.remove()
    return [found[0], *found[1::2]]


@pytest.mark.parametrize("kind", ["llama", "gpt2", "gemma2", "bert"])
def test_influence_and_distances_are_those_of_the_whole_model(kind: str, tiny: Tiny, tmp_path: Path) -> None:
    influences, distances = measured(open_model(tiny(kind)), SETTINGS, RecordingStage(tmp_path), TOKENS)
    states = states_of(open_model(tiny(kind)).load(dtype=torch.float32), TOKENS)
    assert len(influences) == 2 and distances.shape == (3, 3)
    for index, (before, after) in enumerate(itertools.pairwise(states)):
        cosine = torch.nn.functional.cosine_similarity(before, after, dim=-1)
        assert influences[index] == pytest.approx(float(1 - cosine.mean()), abs=1e-5)
        angle = (torch.arccos(cosine.double().clamp(-1, 1)) / torch.pi).mean()
        assert float(distances[index, index + 1]) == pytest.approx(float(angle), abs=1e-4)


def test_choices() -> None:
    assert least_influential_layers([0.5, 0.1, 0.3, 0.1], 2) == [1, 3]
    assert least_influential_layers([0.5, 0.1, 0.3, 0.1], 3) == [1, 2, 3]
    generator = torch.Generator().manual_seed(0)
    states = [torch.randn(50, 8, generator=generator) for _ in range(6)]
    states[4] = states[2] + 0.01 * states[4]
    assert closest_block(angular_distances(states), 2) == [2, 3]
    assert block_influence(states[0], 3 * states[0]) == pytest.approx(0, abs=1e-4)
    assert block_influence(states[0], -states[0]) == pytest.approx(100, abs=1e-3)


@pytest.mark.parametrize("kind", DECODERS)
def test_a_trial_is_the_loss_of_the_smaller_model(kind: str, tiny: Tiny, tmp_path: Path) -> None:
    trial = Trial(open_model(tiny(kind)), SETTINGS, RecordingStage(tmp_path), TOKENS)
    whole = trial.whole()
    found = [trial.without(index) for index in (0, 1)]
    trial.gone.add(0)
    assert trial.whole() == pytest.approx(found[0], abs=1e-5)
    trial.close()
    assert whole == pytest.approx(loss_of(open_model(tiny(kind)).load(dtype=torch.float32)), abs=1e-5)
    for index in (0, 1):
        folder = tmp_path / str(index)
        compress(tiny(kind), "depth_pruning", {"criterion": "manual", "layers": str(index)}, folder)
        small = open_model(folder / "artifact").load(dtype=torch.float32)
        assert found[index] == pytest.approx(loss_of(small), abs=1e-4)


def loss_of(model: Model) -> float:
    with torch.no_grad():
        logits_ = model.module(input_ids=TOKENS).logits.float()
    return float(torch.nn.functional.cross_entropy(logits_[:, :-1].flatten(0, 1), TOKENS[:, 1:].flatten()))


@pytest.mark.parametrize("by", ["influence", "block", "loss"])
def test_from_end_to_end(by: str, sample_model: Path, tmp_path: Path) -> None:
    settings = {
        "criterion": by,
        "num_pruned_layers": 2,
        "num_samples": 4,
        "sequence_length": 64,
        "loss_samples": 2,
        "compute_dtype": "float32",
    }
    stage = compress(sample_model, "depth_pruning", settings, tmp_path)
    before = open_model(sample_model)
    small = open_model(tmp_path / "artifact")
    count = len(before.anatomy.layers)
    gone = [int(index) for index in stage.details["removed layers"]]
    assert len(small.anatomy.layers) == count - 2 == stage.details["shape"]["layers"]
    assert gone == sorted(gone) and len(gone) == 2
    if by == "block":
        assert gone[1] == gone[0] + 1
    if by == "loss":
        losses = list(stage.details["loss"].values())
        assert len(losses) == 3 and losses[0] < losses[2]
    kept = [index for index in range(count) if index not in gone]
    for new, old in enumerate(kept):
        name = before.anatomy.layers[old].linears[0].name
        same = small.tensor(f"{small.anatomy.layers[new].linears[0].name}.weight")
        assert torch.equal(before.tensor(f"{name}.weight"), same)
    charts = {event.chart for event in stage.events if isinstance(event, Curve | Grid)}
    assert charts >= ({"Loss by depth"} if by == "loss" else {"Block influence", "Angular distance"})
    stock = AutoModelForCausalLM.from_pretrained(tmp_path / "artifact", dtype=torch.float32)
    with torch.no_grad():
        theirs = stock(input_ids=torch.arange(48).view(2, 24) * 7 % 250).logits
    assert torch.allclose(theirs, logits(tmp_path / "artifact"), atol=1e-4)


def test_the_loss_chooses_at_least_as_well_as_the_influence(sample_model: Path, tmp_path: Path) -> None:
    """On the text that it is measured on, for one layer: it has tried them all."""
    settings = {"num_samples": 4, "sequence_length": 64, "loss_samples": 4, "compute_dtype": "float32"}
    stage = compress(sample_model, "depth_pruning", {**settings, "criterion": "loss"}, tmp_path / "loss")
    (curve,) = [e for e in stage.events if isinstance(e, Curve) and e.chart == "Loss without a layer"]
    assert stage.details["loss"]["1"] == pytest.approx(min(curve.y), abs=1e-6)
    assert len(curve.y) == len(open_model(sample_model).anatomy.layers)


def test_the_choice_is_remembered(tiny: Tiny, tmp_path: Path) -> None:
    compress(tiny("llama"), "depth_pruning", MATRIX_SETTINGS, tmp_path)
    checksum.save_values(tmp_path / "scratch" / "layers.json", [0])
    (tmp_path / "artifact").rename(tmp_path / "first")
    stage = compress(tiny("llama"), "depth_pruning", {**MATRIX_SETTINGS, "text": "no such file"}, tmp_path)
    assert stage.details["removed layers"] == {"0": 1.0}


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"num_pruned_layers": 2}, "can't be removed from a model that has 2"),
        ({"criterion": "manual", "layers": "3"}, "layers 0 to 1"),
        ({"criterion": "manual", "layers": "0-1"}, "No layer would be left"),
    ],
)
def test_checks(settings: dict[str, Any], sentence: str, tiny: Tiny) -> None:
    info = method("depth_pruning")
    problems = info.load().check(open_model(tiny("llama")).anatomy, info.settings.parse(settings))
    assert sentence in problems[0].message


def test_settings(tiny: Tiny) -> None:
    info = method("depth_pruning")
    assert info.settings.parse({"criterion": "manual", "layers": "1, 4-6"}).named_layers() == (1, 4, 5, 6)  # type: ignore[attr-defined]
    for wrong in ("", "x", "3-"):
        with pytest.raises(BadInput):
            info.settings.parse({"criterion": "manual", "layers": wrong})
    problems = info.load().check(open_model(tiny("bert")).anatomy, info.settings.parse({"criterion": "loss"}))
    assert "next token" in problems[0].message


@pytest.mark.real_model
def test_smollm2(smollm2: Path, tmp_path: Path) -> None:
    """The first and the last layers are critical, one of the middle goes."""
    stage = compress(
        smollm2, "depth_pruning", {"num_pruned_layers": 2, "num_samples": 2, "sequence_length": 128}, tmp_path
    )
    assert {int(index) for index in stage.details["removed layers"]} <= set(range(5, 29))
    assert len(open_model(tmp_path / "artifact").anatomy.layers) == 28
