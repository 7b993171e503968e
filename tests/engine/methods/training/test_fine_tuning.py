"""Fine-tuning: it learns, masks hold, domains move, what is refused is said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.contracts.events import Metric
from engine.methods.registry import method
from engine.models.source import open_model
from engine.modules.sparse import SparseLinear
from engine.testing.models import DECODERS
from engine.testing.stage import RecordingStage, compress

Tiny = Callable[[str], Path]
TEXT = str(Path(__file__).resolve().parents[4] / "LICENSE")
MATRIX_SETTINGS: dict[str, Any] = {
    "text": TEXT,
    "sequence_length": 32,
    "steps": 2,
    "batch_size": 2,
    "micro_batch_size": 1,
    "eval_samples": 2,
}
MATRIX_KINDS = DECODERS
DOMAINS = {"domains": ("stories=sample:stories", "dialogue=sample:dialogue"), "sequence_length": 64, "eval_steps": 2}


def losses(stage: RecordingStage, name: str) -> list[float]:
    return [event.value for event in stage.events if isinstance(event, Metric) and event.name == name]


def test_it_learns(tiny: Tiny, tmp_path: Path) -> None:
    settings = {**MATRIX_SETTINGS, "steps": 20, "eval_steps": 5, "learning_rate": 3e-3}
    stage = compress(tiny("llama"), "fine_tuning", settings, tmp_path)
    found = losses(stage, "loss/eval")
    assert found[-1] < found[0] - 0.3


def test_masks_of_pruned_layers_hold(tiny: Tiny, tmp_path: Path) -> None:
    model = open_model(tiny("llama")).load()
    name = model.anatomy.linears[0].name
    weight = model.get(name).weight
    mask = torch.rand(weight.shape, generator=torch.Generator().manual_seed(1)) < 0.3
    model.replace(name, SparseLinear.of(weight, mask))
    stage = RecordingStage(tmp_path)
    info = method("fine_tuning")
    settings = info.settings.parse({**MATRIX_SETTINGS, "weight_decay": 0.5, "learning_rate": 1e-2})
    stage.finish(info.load().apply(model, settings, stage))
    after = open_model(tmp_path / "artifact").load().get(name)
    assert isinstance(after, SparseLinear)
    assert torch.equal(after.kept_mask(), mask)
    assert not torch.equal(after.matrix()[mask], weight[mask])


def test_frozen_embeddings_stay(tiny: Tiny, tmp_path: Path) -> None:
    before = open_model(tiny("llama")).load()
    compress(tiny("llama"), "fine_tuning", {**MATRIX_SETTINGS, "train_embeddings": False}, tmp_path)
    after = open_model(tmp_path / "artifact").load()
    name = before.anatomy.embeddings[0]
    assert torch.equal(before.get(name).weight, after.get(name).weight)
    linear = before.anatomy.linears[0].name
    assert not torch.equal(before.get(linear).weight, after.get(linear).weight)


def test_shares_of_domains_follow_the_losses(tiny: Tiny, tmp_path: Path) -> None:
    settings = {**MATRIX_SETTINGS, **DOMAINS, "reference": "given", "reference_losses": (1.0, 99.0), "steps": 4}
    stage = compress(tiny("llama"), "fine_tuning", settings, tmp_path)
    shares = losses(stage, "domain/stories")
    assert len(shares) == 2 and 0.5 < shares[0] < shares[1] <= 1
    assert stage.details["domain shares"]["stories"] == pytest.approx(shares[-1])
    assert stage.details["held-out losses after"].keys() == {"stories", "dialogue"}


def test_the_source_gives_the_references(tiny: Tiny, tmp_path: Path) -> None:
    inputs = {"source": open_model(tiny("llama"))}
    settings = {**MATRIX_SETTINGS, **DOMAINS, "reference": "scaled", "scaling_exponent": 0.5}
    stage = compress(tiny("llama"), "fine_tuning", settings, tmp_path, inputs=inputs)
    before, references = stage.details["held-out losses before"], stage.details["reference losses"]
    assert references == pytest.approx(before)  # the model is as large as its source


def test_settings_of_domains_are_checked() -> None:
    problems = method("fine_tuning").settings.problems
    assert "as name = text" in problems({"domains": ("stories",)})["domains"]
    assert "same name" in problems({"domains": ("a=sample", "a=sample")})["domains"]
    assert "2 shares for 1 domains" in problems({"domains": ("a=sample",), "proportions": (1, 2)})[""]
    assert "reference losses" in problems({"domains": ("a=sample",), "reference": "given"})[""]


def test_an_encoder_is_refused(tiny: Tiny) -> None:
    info = method("fine_tuning")
    assert info.load().check(open_model(tiny("bert")).anatomy, info.settings())[0].severity == "error"
