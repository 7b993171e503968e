"""What a cut leaves is what headers foretold."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from engine.methods.shared.cutting import cut
from engine.models.slicing import Kept, Shape, sliced, widths_problem
from engine.models.source import open_model
from engine.testing.models import DECODERS
from engine.testing.stage import RecordingStage


@pytest.mark.parametrize("kind", DECODERS)
def test_the_cut_model_is_the_foreseen_one(kind: str, tiny: Callable[[str], Path], tmp_path: Path) -> None:
    model = open_model(tiny(kind))
    anatomy = model.anatomy
    kept = Kept(layers=(len(anatomy.layers) - 1,))
    if not widths_problem(anatomy):
        hidden, inner = (
            anatomy.hidden_size // 24 * 12,
            {layer: torch.arange(40) for layer in range(len(anatomy.layers))},
        )
        kept = Kept(torch.arange(hidden), kept.layers, None, inner)
    stage = RecordingStage(tmp_path)
    made = sliced(model, kept, stage)
    header, foreseen = cut(model.header, anatomy, Shape.of(made.anatomy))
    windows = [layer.window for layer in made.anatomy.layers]  # a shape does not say which layers stay
    layers = tuple(dataclasses.replace(x, window=window) for x, window in zip(foreseen.layers, windows, strict=True))
    assert dataclasses.replace(foreseen, layers=layers) == made.anatomy
    written = open_model(stage.finish(made)).header
    tied = anatomy.tied and anatomy.head is not None  # some files hold the head a second time
    sizes = sorted(info.shape for info in header.tensors if not (tied and info.name == f"{anatomy.head}.weight"))
    assert sizes == sorted(info.shape for info in written.tensors)
