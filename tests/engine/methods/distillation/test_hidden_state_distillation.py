"""Distillation of what happens inside as a method."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.base.errors import BadInput
from engine.contracts.events import Metric
from engine.methods.distillation.hidden_state_distillation.objective import HiddenStateObjective, with_eager_attention
from engine.methods.distillation.hidden_state_distillation.settings import HiddenStateSettings
from engine.methods.registry import method
from engine.models.source import open_model
from engine.testing.models import KINDS, tiny_model
from engine.testing.stage import RecordingStage, compress, logits

Tiny = Callable[[str], Path]
TEXT = str(Path(__file__).resolve().parents[4] / "LICENSE")
MATRIX_SETTINGS: dict[str, Any] = {
    "text": TEXT,
    "steps": 2,
    "batch_size": 2,
    "micro_batch_size": 1,
    "sequence_length": 32,
    "eval_samples": 2,
    "attention_weight": 1.0,
}
MATRIX_KINDS = KINDS
EVERYTHING = {
    "hidden_loss": "l2",
    "relations": "queries_keys_values",
    "attention_weight": 0.5,
    "cross_entropy_weight": 0.5,
    "kl_weight": 0.5,
}


def values(stage: RecordingStage, name: str) -> list[float]:
    return [event.value for event in stage.events if isinstance(event, Metric) and event.name == name]


@pytest.fixture(scope="module")
def teacher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model("llama", tmp_path_factory.mktemp("teacher"), seed=5)


def distill(source: Path, teacher: Path, folder: Path, **settings: Any) -> RecordingStage:
    inputs = {"teacher": open_model(teacher)}
    return compress(
        source,
        "hidden_state_distillation",
        {**MATRIX_SETTINGS, "attention_weight": 0.0, **settings},
        folder,
        inputs=inputs,
    )


def objective(student: Path, teacher: Path, **settings: Any) -> HiddenStateObjective:
    models = [open_model(path).ready() for path in (student, teacher)]
    models[0].module.requires_grad_(True)
    return HiddenStateObjective(*models, HiddenStateSettings.parse(settings), torch.Generator().manual_seed(0))


@pytest.mark.parametrize(
    "settings",
    [
        {"hidden_loss": "cosine"},
        {"hidden_loss": "l1"},
        {"hidden_loss": "none", "relations": "values"},
        {"attention_weight": 1.0},
        EVERYTHING,
    ],
)
def test_the_student_becomes_more_like_its_teacher(
    settings: dict[str, Any], tiny: Tiny, teacher: Path, tmp_path: Path
) -> None:
    training = {"steps": 25, "learning_rate": 3e-3, "eval_steps": 5, "cross_entropy_weight": 0.0}
    stage = distill(tiny("llama"), teacher, tmp_path, **{**training, **settings})
    held_out = values(stage, "loss/eval")
    assert held_out[-1] < held_out[0]


def test_equal_models_are_at_zero(tiny: Tiny) -> None:
    found = objective(
        tiny("llama"), tiny("llama"), **{**EVERYTHING, "cross_entropy_weight": 0.0, "attention_weight": 0.0}
    ).train()
    ids = torch.arange(24).view(2, 12)
    terms = found({"input_ids": ids, "labels": ids})
    assert terms["loss"].abs() < 1e-5
    assert set(terms) == {"loss", "hidden", "relations", "kl"}


def test_attention_maps_are_compared(tiny: Tiny, teacher: Path) -> None:
    models = [open_model(path).ready() for path in (tiny("llama"), teacher)]
    settings = HiddenStateSettings.parse({"hidden_loss": "none", "attention_weight": 1.0, "cross_entropy_weight": 0.0})
    before = models[0].module.config._attn_implementation  # type: ignore[union-attr]
    with with_eager_attention(*models):
        found = HiddenStateObjective(*models, settings, torch.Generator())
        ids = torch.arange(24).view(2, 12)
        assert found.train()({"input_ids": ids, "labels": ids})["attention"] > 0
    assert models[0].module.config._attn_implementation == before  # type: ignore[union-attr]


def test_the_teacher_never_learns(tiny: Tiny, teacher: Path) -> None:
    found = objective(tiny("llama"), teacher, **{**EVERYTHING, "attention_weight": 0.0}).train()
    ids = torch.arange(24).view(2, 12)
    found({"input_ids": ids, "labels": ids})["loss"].backward()
    assert all(parameter.grad is None for parameter in found._teacher.module.parameters())
    assert not set(map(id, found._teacher.module.parameters())) & set(map(id, found.parameters()))


def test_narrower_students_get_projections_that_are_not_saved(teacher: Path, tiny: Tiny, tmp_path: Path) -> None:
    wide = objective(tiny("odd"), teacher, hidden_loss="l2")
    assert len(wide.projections) == 2 and wide.projections[0].weight.shape == (64, 60)  # type: ignore[union-attr]
    stage = distill(tiny("odd"), teacher, tmp_path, hidden_loss="l2", steps=20, learning_rate=3e-3, eval_steps=5)
    held_out = values(stage, "loss/eval")
    assert held_out[-1] < held_out[0]
    names = {tensor.name for tensor in open_model(tmp_path / "artifact").header.tensors}
    assert names == {tensor.name for tensor in open_model(tiny("odd")).header.tensors}


def test_relations_of_models_with_other_heads_and_widths(tiny: Tiny, teacher: Path) -> None:
    """Widths 60 and 30 against 64 and 32: two heads divide them all."""
    found = objective(tiny("odd"), teacher, hidden_loss="none", relations="queries_keys_values")
    assert found._heads == 2
    ids = torch.arange(24).view(2, 12)
    assert found({"input_ids": ids, "labels": ids})["relations"] > 0
    with pytest.raises(BadInput, match="Choose a divisor of 2"):
        objective(tiny("odd"), teacher, hidden_loss="none", relations="queries_keys_values", relation_heads=4)


def test_what_does_not_count_changes_nothing(tiny: Tiny, teacher: Path) -> None:
    found = objective(tiny("llama"), teacher, **{**EVERYTHING, "attention_weight": 0.0}).train()
    ids = torch.arange(24).view(2, 12)
    mask = torch.ones_like(ids)
    mask[1, 8:] = 0
    labels = ids.masked_fill(mask == 0, -100)
    other = ids.clone()
    other[1, 8:] = 200
    batches = [{"input_ids": x, "labels": labels, "attention_mask": mask} for x in (ids, other)]
    assert found.target_count(batches[0]) == 11 + 7
    one, two = (found(batch) for batch in batches)
    for name in one:
        torch.testing.assert_close(one[name], two[name])


def test_gradient_checkpointing_gives_the_same(tiny: Tiny, teacher: Path, tmp_path: Path) -> None:
    settings: dict[str, Any] = {**EVERYTHING, "attention_weight": 0.0, "steps": 3}
    for name, recompute in (("plain", False), ("recomputed", True)):
        distill(tiny("llama"), teacher, tmp_path / name, **settings, gradient_checkpointing=recompute)
    plain, recomputed = (logits(tmp_path / name / "artifact") for name in ("plain", "recomputed"))
    torch.testing.assert_close(plain, recomputed, rtol=1e-4, atol=1e-4)


def test_layer_maps() -> None:
    def pairs(**settings: Any) -> tuple[tuple[int, int], ...]:
        return HiddenStateSettings.parse(settings).layer_pairs(3, 12)

    assert pairs() == ((0, 3), (1, 7), (2, 11))
    assert pairs(layer_mapping="last") == ((2, 11),)
    assert pairs(layer_mapping="explicit", pairs="0:1, 2:8") == ((0, 1), (2, 8))


def test_refusals(tiny: Tiny, teacher: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="nothing is made similar"):
        HiddenStateSettings.parse({"hidden_loss": "none"})
    with pytest.raises(BadInput, match="not a pair of layers"):
        HiddenStateSettings.parse({"layer_mapping": "explicit", "pairs": "0-1"})
    with pytest.raises(BadInput, match="the student has 2, the teacher 2"):
        distill(tiny("llama"), teacher, tmp_path, layer_mapping="explicit", pairs=("0:7",))
    with pytest.raises(BadInput, match="no separate query"):
        objective(tiny("llama"), tiny("gpt2"), relations="values")
    info = method("hidden_state_distillation")
    found = info.load().check(open_model(tiny("gpt2")).anatomy, HiddenStateSettings.parse({"relations": "values"}))
    assert any("no separate query" in problem.message for problem in found)
