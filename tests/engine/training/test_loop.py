"""The training loop: it learns, ends in the same bits after a kill, stays finite, stops when asked."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import torch
from torch import nn

from engine.base.errors import BadInput, Cancelled, RunFailed
from engine.contracts.events import Metric
from engine.models.source import open_model
from engine.testing.stage import Killed, RecordingStage
from engine.training import loop
from engine.training.batches import TokenBatches
from engine.training.loop import train
from engine.training.model import close_after_training, open_for_training
from engine.training.objective import Batch, Objective, Trained
from engine.training.settings import TrainingSettings

Tiny = Callable[[str], Path]
SETTINGS = TrainingSettings(
    steps=6, batch_size=4, micro_batch_size=2, sequence_length=16, learning_rate=1e-2, eval_samples=4
)


class Labels(Objective):
    """Plain next-token prediction, with some dropout."""

    def __init__(self, module: nn.Module, at: dict[int, Callable[[], None]] | None = None) -> None:
        super().__init__()
        self.module = module
        self.module.requires_grad_(True)
        self.dropout = nn.Dropout(0.1)
        self.at = at or {}

    def before_step(self, step: int) -> None:
        """Let the test do something."""
        if step in self.at:
            self.at[step]()

    def forward(self, batch: Batch) -> Mapping[str, torch.Tensor]:
        logits = self.dropout(self.module(input_ids=batch["input_ids"], use_cache=False).logits)
        targets = batch["labels"][:, 1:]
        loss = nn.functional.cross_entropy(logits[:, :-1].flatten(0, 1).float(), targets.flatten())
        return {"loss": loss}


def samples(count: int = 24, length: int = 16) -> TokenBatches:
    """A text that can be learned: each token follows from the one before."""
    start = torch.arange(count)[:, None]
    ids = (start * 3 + torch.arange(length)[None] * 5) % 97
    return TokenBatches({"input_ids": ids}, size=4, micro=2, seed=1, held_out=4)


def run(
    source: Path,
    folder: Path,
    settings: TrainingSettings = SETTINGS,
    at: dict[int, Callable[[], None]] | None = None,
    stage: RecordingStage | None = None,
) -> tuple[Trained, dict[str, torch.Tensor], RecordingStage]:
    stage = stage or RecordingStage(folder)
    model = open_for_training(open_model(source), stage)
    objective = Labels(model.module, at)
    trained = train(objective, samples(), settings, stage)
    close_after_training(model)
    return trained, {name: p.detach().clone() for name, p in model.module.named_parameters()}, stage


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(one[name], other[name]) for name in one)


def test_it_learns_and_tells(tiny: Tiny, tmp_path: Path) -> None:
    settings = SETTINGS.replace(steps=40, eval_steps=10)
    trained, _, stage = run(tiny("llama"), tmp_path, settings)
    told = {event.name for event in stage.events if isinstance(event, Metric)}
    assert {"loss/train", "loss/eval", "learning_rate", "gradient_norm", "tokens_per_second"} <= told
    held_out = [e.value for e in stage.events if isinstance(e, Metric) and e.name == "loss/eval"]
    assert held_out[-1] < held_out[0] < math.log(256) + 1
    assert trained.steps == 40 and trained.tokens == 40 * 4 * 16
    assert stage.fractions[-1] == pytest.approx(1.0)


def test_stored_dtypes_come_back(tiny: Tiny, tmp_path: Path) -> None:
    stored = {n: t.dtype for n, t in open_model(tiny("llama")).load().module.state_dict().items()}
    _, parameters, _ = run(tiny("llama"), tmp_path)
    assert all(parameters[name].dtype == stored[name] for name in parameters)


@pytest.mark.parametrize("kill_at", [0, 1, 3, 5])
def test_a_killed_training_ends_in_the_same_bits(
    kill_at: int, tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "CHECKPOINT_SECONDS", 0.0)
    monkeypatch.setattr(loop, "CHECKPOINT_SHARE", math.inf)
    _, whole, _ = run(tiny("llama"), tmp_path / "whole")

    def kill() -> None:
        raise Killed

    with pytest.raises(Killed):
        run(tiny("llama"), tmp_path / "killed", at={kill_at: kill})
    trained, again, _ = run(tiny("llama"), tmp_path / "killed")
    assert trained.steps == SETTINGS.steps
    assert same(whole, again)


def test_a_cancelled_training_goes_on_where_it_was(tiny: Tiny, tmp_path: Path) -> None:
    _, whole, _ = run(tiny("llama"), tmp_path / "whole")
    stage = RecordingStage(tmp_path / "cancelled")
    with pytest.raises(Cancelled):
        run(tiny("llama"), tmp_path, at={3: stage.control.cancel}, stage=stage)
    begun: list[int] = []
    at = {step: (lambda step=step: begun.append(step)) for step in range(6)}
    _, again, _ = run(tiny("llama"), tmp_path / "cancelled", at=at)
    assert begun == [3, 4, 5]
    assert same(whole, again)


def test_stop_and_keep(tiny: Tiny, tmp_path: Path) -> None:
    stage = RecordingStage(tmp_path)
    trained, _, _ = run(tiny("llama"), tmp_path, at={2: stage.control.stop}, stage=stage)
    assert trained.stopped and trained.steps == 3


def test_passes_add_up_to_the_batch(tiny: Tiny, tmp_path: Path) -> None:
    class Plain(Labels):
        def __init__(self, module: nn.Module, at: None = None) -> None:
            super().__init__(module, at)
            self.dropout = nn.Dropout(0.0)

    found = []
    for micro in (4, 1):
        stage = RecordingStage(tmp_path / str(micro))
        model = open_for_training(open_model(tiny("llama")), stage)
        train(Plain(model.module), samples(), SETTINGS.replace(micro_batch_size=micro, optimizer="sgd"), stage)
        found.append({name: p.detach().clone() for name, p in model.module.named_parameters()})
    assert all(torch.allclose(found[0][name], found[1][name], atol=1e-6) for name in found[0])


def test_numbers_that_are_not_finite_lead_back(tiny: Tiny, tmp_path: Path) -> None:
    class Breaking(Labels):
        broken = 0

        def forward(self, batch: Batch) -> Mapping[str, torch.Tensor]:
            terms = super().forward(batch)
            if self.training and self.broken:
                type(self).broken -= 1
                return {"loss": terms["loss"] * float("nan")}
            return terms

    stage = RecordingStage(tmp_path)
    model = open_for_training(open_model(tiny("llama")), stage)
    Breaking.broken = 1
    trained = train(Breaking(model.module), samples(), SETTINGS, stage)
    assert trained.steps == 6 and math.isfinite(trained.terms["loss"])
    assert any("half the learning rate" in line for line in stage.lines)
    Breaking.broken = 1000
    with pytest.raises(RunFailed, match="finite"):
        train(Breaking(model.module), samples(), SETTINGS, stage, name="again")


def test_early_stop_takes_the_best_back(tiny: Tiny, tmp_path: Path) -> None:
    class Worsening(Labels):
        def evaluated(self, step: int, terms: Mapping[str, float]) -> None:
            seen.append(terms["loss"])

    seen: list[float] = []
    stage = RecordingStage(tmp_path)
    model = open_for_training(open_model(tiny("llama")), stage)
    settings = SETTINGS.replace(
        steps=60,
        eval_steps=1,
        early_stopping_patience=2,
        learning_rate=1.0,
        lr_scheduler_type="constant",
        warmup_ratio=0,
    )
    trained = train(Worsening(model.module), samples(), settings, stage)
    assert trained.steps < 60
    assert seen[trained.best_step - 1] == min(seen)
    assert len(seen) == trained.best_step + 2


def test_what_cannot_be_split_is_refused_with_the_reason() -> None:
    for said in ("fully_shard doesn't support scalar parameters", "mixed torch.Tensor and DTensor"):
        with pytest.raises(BadInput, match="split its weights") as refused, loop._refusing_to_split():
            raise RuntimeError(said)
        assert said in refused.value.why and "ddp.yaml" in refused.value.advice
    with pytest.raises(RuntimeError, match="out of memory"), loop._refusing_to_split():
        raise RuntimeError("out of memory")
