"""Divergence after each layer: that of the published logit lens, the same in every basis."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.measure.divergence import POSITIONS, divergence_by_layer
from engine.measure.reading import ReadContext
from engine.models.source import open_model
from engine.testing.stage import compress

Tiny = Callable[[str], Path]
CONTEXT = ReadContext(torch.device("cpu"), torch.float32, lambda fraction, text: None, lambda: None)
IDS = torch.randint(0, 200, (3, 40), generator=torch.Generator().manual_seed(0))
INT3 = {"format": "int3", "group_size": 32}
INT2 = {**INT3, "format": "int2"}
"""What it changes stands far above the noise of float32 where a tiny network changes little."""


def after_each_layer(path: Path) -> list[torch.Tensor]:
    """Log-probabilities at the last positions after each layer, (windows, positions, vocabulary), float64."""
    network: Any = open_model(path).ready().module.double()
    norm = getattr(network.base_model, "norm", None) or network.base_model.ln_f
    states: list[torch.Tensor] = []
    layers = getattr(network.base_model, "layers", None) or network.base_model.h
    for layer in layers:
        layer.register_forward_hook(lambda _, x, y: states.append(y[0] if isinstance(y, tuple) else y))
    with torch.no_grad():
        network(IDS)
        return [network.lm_head(norm(state))[:, -POSITIONS:].log_softmax(-1) for state in states]


@pytest.mark.parametrize("kind", ["llama", "gpt2"])
def test_it_is_that_of_the_logit_lens(kind: str, tiny: Tiny, tmp_path: Path) -> None:
    compress(tiny(kind), "round_to_nearest", INT2, tmp_path)
    found = divergence_by_layer(open_model(tmp_path / "artifact"), open_model(tiny(kind)), IDS, CONTEXT)
    expected = [
        float((p.exp() * (p - q)).sum(-1).mean())
        for p, q in zip(after_each_layer(tiny(kind)), after_each_layer(tmp_path / "artifact"), strict=True)
    ]
    assert len(found) == 2 and all(value > 0 for value in found)
    assert found == pytest.approx(expected, rel=1e-3, abs=1e-7)


def test_a_fault_in_one_layer_is_seen_from_there_on(tiny: Tiny, tmp_path: Path) -> None:
    compress(tiny("llama"), "round_to_nearest", {**INT3, "ignore": ("layers.0.*",)}, tmp_path)
    first, second = divergence_by_layer(open_model(tmp_path / "artifact"), open_model(tiny("llama")), IDS, CONTEXT)
    assert abs(first) < 1e-6 < 1e-4 < second


def test_a_model_does_not_differ_from_itself_in_another_basis(tiny: Tiny, tmp_path: Path) -> None:
    exact = {"rotation": "hadamard", "weight_method": "none", "activation_bits": 16, "kv_bits": 16}
    compress(tiny("llama"), "spinquant", exact, tmp_path)
    rotated, original = open_model(tmp_path / "artifact"), open_model(tiny("llama"))
    assert max(map(abs, divergence_by_layer(rotated, original, IDS, CONTEXT))) < 1e-5


def test_other_networks_have_none(tiny: Tiny, tmp_path: Path) -> None:
    compress(
        tiny("llama"), "depth_pruning", {"num_pruned_layers": 1, "criterion": "manual", "layers": ("1",)}, tmp_path
    )
    pairs = [(tmp_path / "artifact", tiny("llama")), (tiny("bert"), tiny("bert")), (tiny("gpt2"), tiny("llama"))]
    for model, reference in pairs:
        assert divergence_by_layer(open_model(model), open_model(reference), IDS, CONTEXT) == []
