"""The importance matrix: that of the head is what the norm behind the layers gives."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from engine.calibration.input_energy import input_energies
from engine.calibration.settings import CalibrationSettings
from engine.calibration.tokens import calibration_tokens
from engine.models.source import open_model
from engine.testing.models import DECODERS
from engine.testing.stage import RecordingStage

TEXT = str(Path(__file__).resolve().parents[3] / "LICENSE")
DATA = {"text": TEXT, "num_samples": 6, "sequence_length": 16}
SETTINGS = CalibrationSettings.parse({**DATA, "compute_dtype": "float32"})


@pytest.mark.parametrize("kind", DECODERS)
def test_what_reaches_the_head(kind: str, tiny: Callable[[str], Path], tmp_path: Path) -> None:
    model, stage = open_model(tiny(kind)), RecordingStage(tmp_path)
    head = model.anatomy.head
    assert head is not None
    found = input_energies(model, SETTINGS, stage, {head})
    assert set(found) == {head}
    whole = open_model(tiny(kind)).load(dtype=torch.float32)
    heard: list[torch.Tensor] = []
    whole.get(head).register_forward_pre_hook(lambda _, inputs: heard.append(inputs[0]))
    with torch.no_grad():
        whole.module(input_ids=calibration_tokens(model, SETTINGS, stage))
    expected = heard[0].square().mean((0, 1))
    share = found[head] / found[head].mean()
    torch.testing.assert_close(share, expected / expected.mean(), rtol=1e-3, atol=1e-5)
