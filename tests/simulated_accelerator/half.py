"""Trainings on a card with units for float16 and none for bfloat16 (T4, V100): in a process of its own, as
``checks.py``."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from engine import devices
from engine.methods.registry import method, methods
from engine.testing.models import tiny_model
from engine.testing.stage import Killed, compress, logits, originals
from engine.training.loop import _accelerator
from engine.training.settings import TrainingSettings
from simulated_accelerator import LEDGER, Device, adapt, install
from simulated_accelerator.ledger import TURING
from simulated_accelerator.matrix import incoming_of
from tests.engine.methods.test_matrix import SETTINGS
from tests.engine.shares import is_taken

install()
adapt()
CARD = torch.device("sim:1")
ROUNDED_AFTERWARD = {"spinquant": 1.5, "refine": 1.0}
"""Weights that are rounded to 4 bits in a basis that is learned: another basis in the last bits is another rounding.
Codes of an embedding that move by the sign of a gradient: that of a rare token is next to 0, and half a mantissa turns
it. And codes are solved on products in half: another one in some places before they learn."""
TRAINED = [info.id for info in methods().values() if issubclass(info.settings, TrainingSettings)]


@pytest.fixture(autouse=True)
def turing() -> Iterator[None]:
    """The second device is such a card."""
    LEDGER.devices[:] = [Device(), Device(has_bf16=False, capability=TURING)]
    LEDGER.reset()
    yield
    LEDGER.devices[:] = [Device(), Device()]


def settings_of(method_id: str, **changes: Any) -> dict[str, Any]:
    """Those of the matrix, and ``mixed_precision`` as it is by default."""
    fields = method(method_id).settings.model_fields
    chosen = {**SETTINGS[method_id], **changes}
    chosen.pop("mixed_precision", None)
    return {name: value for name, value in chosen.items() if name in fields}


def test_a_training_scales_its_loss_in_float16() -> None:
    assert devices.training_dtype(CARD) == torch.float16
    chosen = _accelerator(TrainingSettings(), CARD)
    assert chosen.mixed_precision == "fp16" and chosen.scaler is not None and chosen.scaler.get_scale() > 1
    with chosen.autocast():
        x = torch.ones(4, 4, device=CARD)
        assert (x @ x).dtype == torch.float16


@pytest.mark.parametrize("method_id", TRAINED)
def test_every_training_runs_in_float16_and_is_taken_up(method_id: str, tmp_path: Path) -> None:
    """Finite, as near to float32 on the CPU as 11 bits of a mantissa can be, nothing on the device that was not chosen,
    and, for a third of the methods, the same bytes after a kill."""
    source = tiny_model("llama", tmp_path / "model")
    incoming, inputs = incoming_of(method_id, source, tmp_path / "before"), originals(method_id, source)
    exact = settings_of(method_id, mixed_precision="float32")
    compress(incoming, method_id, exact, tmp_path / "cpu", inputs=inputs)
    work = functools.partial(compress, incoming, method_id, settings_of(method_id), inputs=inputs, device=str(CARD))
    work(tmp_path / "whole")
    expected, found = logits(tmp_path / "cpu" / "artifact"), logits(tmp_path / "whole" / "artifact")
    assert bool(torch.isfinite(found).all())
    assert float((found - expected).abs().max() / expected.std()) < ROUNDED_AFTERWARD.get(method_id, 0.1)
    if is_taken(method_id, "float16"):
        try:
            work(tmp_path / "sim", kill_at=2)
        except Killed:
            work(tmp_path / "sim")
        assert torch.equal(found, logits(tmp_path / "sim" / "artifact"))
    assert LEDGER.devices[0].peak == 0


def test_a_loss_scale_that_overflows_leaves_out_the_step_and_is_halved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The scaler begins at 2^30: all first steps overflow and none of them may reach the weights."""
    scales: list[float] = []
    update = torch.amp.GradScaler.update

    def watched(scaler: torch.amp.GradScaler, new_scale: Any = None) -> None:
        scales.append(float(scaler.get_scale()))
        update(scaler, new_scale)

    monkeypatch.setattr(torch.amp.GradScaler, "update", watched)
    monkeypatch.setattr("engine.training.loop._accelerator", _with_scale(2.0**30))
    source = tiny_model("llama", tmp_path / "model")
    compress(source, "fine_tuning", settings_of("fine_tuning", steps=20), tmp_path / "run", device=str(CARD))
    assert scales[0] == 2.0**30 and scales[-1] < scales[0]
    assert bool(torch.isfinite(logits(tmp_path / "run" / "artifact")).all())
    assert all(math.isfinite(scale) for scale in scales)


def _with_scale(scale: float) -> Any:
    def chosen(settings: TrainingSettings, device: torch.device) -> Any:
        found = _accelerator(settings, device)
        found.scaler = torch.amp.GradScaler(device.type, init_scale=scale)
        return found

    return chosen
