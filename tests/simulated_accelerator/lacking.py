"""A device without float64 and some operators, as Apple's are: run in a process of its own, as ``checks.py`` is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

import engine
from engine import devices
from engine.contracts.commands import Generate
from engine.contracts.events import Event
from engine.measure import generation_check, generation_facts
from engine.measure.answers import Prompt
from engine.record.home import Home
from engine.run.control import Control
from engine.service.jobs import execute
from engine.testing.models import tiny_model
from engine.testing.stage import compress, logits, originals
from simulated_accelerator import LEDGER, Device, adapt, install
from simulated_accelerator.ledger import MPS_LACKS
from simulated_accelerator.matrix import incoming_of, settings_of

install()
adapt()
SIM = torch.device("sim:1")


@pytest.fixture(autouse=True)
def poor() -> Iterator[None]:
    """The second device lacks what MPS lacks."""
    LEDGER.devices[:] = [Device(), Device(lacks=MPS_LACKS, has_bf16=False)]
    devices.has_float64.cache_clear()
    LEDGER.reset()
    yield
    LEDGER.devices[:] = [Device(), Device()]
    devices.has_float64.cache_clear()


def test_what_needs_float64_is_computed_on_the_host() -> None:
    x = torch.randn(4, 4)
    there = x.to(SIM)
    with pytest.raises(TypeError, match="float64"):
        there.double()
    with devices.computing_on(SIM):
        wide = there.double()
        assert wide.device.type == "cpu" and wide.dtype == torch.float64
        product = wide @ wide + 0.0 * there
        assert product.device.type == "cpu" and torch.allclose(product, x.double() @ x.double())
        assert (product.float() + there).device == SIM, "what is no longer float64 goes back to the device"
        assert there.sum(dtype=torch.float64).dtype == torch.float64
        assert torch.zeros(2, dtype=torch.float64, device=SIM).device.type == "cpu"
        assert product.to(SIM).device.type == "cpu" and product.to(SIM, torch.float32).device == SIM
        held = there.clone()
        held.mul_(product)
        assert held.device == SIM and torch.allclose(held.cpu(), x * product.float())
        held.copy_(product)
        assert torch.equal(held.cpu(), product.float())


CASES = [("expert_pruning", {})] + [
    (method_id, {"format": "mxfp4", "clip": clip})
    for method_id, clip in (("round_to_nearest", "absmax"), ("round_to_nearest", "mse"), ("gptq", "absmax"))
]
"""Beside all methods on GPT-2: see `simulated_accelerator.matrix`."""


@pytest.mark.parametrize(("method_id", "changes"), CASES, ids=str)
def test_methods_give_what_the_cpu_gives(method_id: str, changes: dict[str, Any], tmp_path: Path) -> None:
    source = tiny_model("qwen3_moe" if method_id == "expert_pruning" else "llama", tmp_path / "model")
    settings = {**settings_of(method_id), **changes}
    incoming, inputs = incoming_of(method_id, source, tmp_path / "before"), originals(method_id, source)
    compress(incoming, method_id, settings, tmp_path / "cpu", inputs=inputs)
    with devices.computing_on(SIM):
        compress(incoming, method_id, settings, tmp_path / "sim", inputs=inputs, device=str(SIM))
    expected, found = logits(tmp_path / "cpu" / "artifact"), logits(tmp_path / "sim" / "artifact")
    assert float((found - expected).abs().max() / expected.std()) < 1e-4


def test_measuring_and_writing_need_no_float64_of_the_device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What scripts and the window ask for beside runs, on the device that is chosen where nobody says one."""
    for module in (generation_check, generation_facts):
        monkeypatch.setattr(module, "prompts", lambda scope: (Prompt(name="fox", domain="prose", text="A", tokens=4),))
    source = tiny_model("llama", tmp_path / "model")
    (tmp_path / "fox.txt").write_text("The quick brown fox jumps over the lazy dog. " * 30, encoding="utf-8")
    sizes: dict[str, Any] = {"window_size": 64, "num_windows": 2, "progress": False, "generation": "check"}
    text = tmp_path / "fox.txt"
    there, here = (engine.evaluate(source, text, reference=source, device=d, **sizes) for d in (str(SIM), "cpu"))
    assert there.metrics["perplexity"] == pytest.approx(here.metrics["perplexity"], rel=1e-4)
    assert there.details["generation"]["answers"] == here.details["generation"]["answers"]
    assert there.metrics["generation_agreement"] == 1.0
    pieces: list[Event] = []
    command = Generate(models=(str(source),), prompt="The fox", tokens=4)
    generation = execute(command, Home(tmp_path / "home"), str(SIM), lambda *_: None, Control(), pieces.append)
    assert generation.speeds[str(source)] > 0 and not generation.programs and pieces
