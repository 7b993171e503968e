"""What the settings of a training do: precision, passes, clipping, schedules, optimizers, evaluation, checkpoints."""

from __future__ import annotations

import math
import shutil
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from engine.base.errors import BadInput, Cancelled, RunFailed
from engine.contracts.events import Metric
from engine.models import ranks
from engine.models.source import open_model
from engine.numerics.randomness import Random
from engine.testing.stage import RecordingStage, compress
from engine.training import checkpoint, loop
from engine.training.batches import TokenBatches
from engine.training.loop import train
from engine.training.model import open_for_training
from engine.training.objective import Batch, Group, Objective, Trained
from engine.training.schedule import rate
from engine.training.settings import TrainingSettings

Tiny = Callable[[str], Path]
SETTINGS = TrainingSettings(
    steps=6, batch_size=4, micro_batch_size=2, sequence_length=16, learning_rate=1e-2, eval_samples=4
)


class Labels(Objective):
    """Plain next-token prediction."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module.requires_grad_(True)
        self.steps: list[int] = []
        self.evaluations: list[int] = []

    def before_step(self, step: int) -> None:
        self.steps.append(step)

    def forward(self, batch: Batch) -> Mapping[str, torch.Tensor]:
        logits = self.module(input_ids=batch["input_ids"], use_cache=False).logits
        targets = batch["labels"][:, 1:]
        return {"loss": nn.functional.cross_entropy(logits[:, :-1].flatten(0, 1).float(), targets.flatten())}

    def evaluated(self, step: int, terms: Mapping[str, float]) -> None:
        self.evaluations.append(step)


def samples(held_out: int = 4) -> TokenBatches:
    ids = (torch.arange(24)[:, None] * 3 + torch.arange(16)[None] * 5) % 97
    return TokenBatches({"input_ids": ids}, size=4, micro=2, seed=1, held_out=held_out)


@pytest.fixture
def go(tiny: Tiny, tmp_path: Path) -> Callable[..., tuple[Trained, Labels, RecordingStage]]:
    """Train a tiny model with some settings changed; ``kind`` makes the objective, ``folder`` names the stage's."""

    def run(
        kind: Callable[[nn.Module], Labels] = Labels,
        folder: str = "one",
        stage: RecordingStage | None = None,
        source: Path | None = None,
        **settings: Any,
    ) -> tuple[Trained, Labels, RecordingStage]:
        stage = stage or RecordingStage(tmp_path / folder)
        model = open_for_training(open_model(source or tiny("llama")), stage)
        objective = kind(model.module)
        return train(objective, samples(), SETTINGS.replace(**settings), stage), objective, stage

    return run


def values(stage: RecordingStage, name: str) -> dict[int, float]:
    return {event.step: event.value for event in stage.events if isinstance(event, Metric) and event.name == name}


def parameters(objective: Objective) -> dict[str, torch.Tensor]:
    return {name: parameter.detach().clone() for name, parameter in objective.named_parameters()}


# -- rates -------------------------------------------------------------------------------------------------------------
def test_schedules() -> None:
    def rates(**settings: Any) -> list[float]:
        chosen = TrainingSettings(steps=10, **settings)
        return [rate(chosen, step) for step in range(10)]

    assert rates(lr_scheduler_type="constant", warmup_ratio=0) == [1.0] * 10
    assert rates(lr_scheduler_type="constant", warmup_ratio=0.4)[:5] == pytest.approx([0.25, 0.5, 0.75, 1.0, 1.0])
    assert rates(lr_scheduler_type="linear", warmup_ratio=0) == pytest.approx([1 - step / 10 for step in range(10)])
    assert rates(lr_scheduler_type="linear", warmup_ratio=0, min_lr_ratio=0.5) == pytest.approx(
        [1 - step / 20 for step in range(10)]
    )
    cosine = rates(lr_scheduler_type="cosine", warmup_ratio=0.2)
    assert cosine[:3] == pytest.approx([0.5, 1.0, 1.0])
    assert cosine[6] == pytest.approx(0.5) and cosine == sorted(cosine[:2]) + sorted(cosine[2:], reverse=True)


def test_the_rate_is_what_is_told(go: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "REPORT_SECONDS", 0.0)
    _, _, stage = go(lr_scheduler_type="linear", warmup_ratio=0)
    told = values(stage, "learning_rate")
    assert [told[step + 1] for step in range(6)] == pytest.approx([1e-2 * (1 - step / 6) for step in range(6)])


def test_a_training_that_goes_on_from_a_step(tiny: Tiny, tmp_path: Path) -> None:
    """Its schedule and data are those of that step."""
    stage = RecordingStage(tmp_path)
    model = open_for_training(open_model(tiny("llama")), stage)
    objective = Labels(model.module)
    trained = train(objective, samples(), SETTINGS, stage, name="second", first=4, after=100)
    assert objective.steps == [4, 5] and trained.steps == 6
    assert max(values(stage, "loss/train")) == 106


# -- precision and passes ----------------------------------------------------------------------------------------------
def test_bfloat16_is_close_and_keeps_float32_weights(go: Any) -> None:
    full, one, _ = go(folder="full")
    half, other, _ = go(folder="half", mixed_precision="bfloat16")
    assert half.held_out["loss"] == pytest.approx(full.held_out["loss"], rel=0.05)
    assert half.held_out["loss"] != full.held_out["loss"]
    assert {p.dtype for p in other.parameters()} == {torch.float32} == {p.dtype for p in one.parameters()}


def test_float16_needs_a_gpu(go: Any) -> None:
    with pytest.raises(BadInput, match="bfloat16 or float32"):
        go(mixed_precision="float16")


def test_scaled_losses_leave_out_steps_that_overflow(go: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As float16 needs it; the scale is found again after a kill."""
    plain, scales = loop._accelerator, []

    def scaling(settings: TrainingSettings, device: torch.device) -> Any:
        made = plain(settings, device)
        made.scaler = torch.amp.GradScaler("cpu", init_scale=2.0**126)
        scales.append(made.scaler)
        return made

    monkeypatch.setattr(loop, "_accelerator", scaling)
    monkeypatch.setattr(loop, "CHECKPOINT_SECONDS", 0.0)
    monkeypatch.setattr(loop, "CHECKPOINT_SHARE", math.inf)
    _, objective, stage = go(folder="whole", steps=30, eval_steps=10)
    held_out = list(values(stage, "loss/eval").values())
    assert scales[0].get_scale() < 2.0**126 and held_out[-1] < 0.9 * held_out[0]
    assert not any("not finite" in line for line in stage.lines)

    class Dying(Labels):
        def before_step(self, step: int) -> None:
            super().before_step(step)
            if step == 12:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        go(Dying, folder="killed", steps=30, eval_steps=10)
    _, again, _ = go(folder="killed", steps=30, eval_steps=10)
    assert again.steps[0] == 12 and scales[-1].get_scale() == scales[0].get_scale()
    whole = parameters(objective)
    assert all(torch.equal(whole[name], value) for name, value in parameters(again).items())


def test_gradient_checkpointing_gives_the_same(go: Any) -> None:
    one, other = (
        parameters(go(folder=str(recompute), gradient_checkpointing=recompute)[1]) for recompute in (False, True)
    )
    assert all(torch.allclose(one[name], other[name], atol=1e-6) for name in one)


def test_batches_are_shared_out_evenly_or_not_at_all(go: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranks, "count", lambda: 3)
    with pytest.raises(BadInput, match=r"4 samples, 3 processes.*multiple of 3"):
        go()


# -- optimizers --------------------------------------------------------------------------------------------------------
def test_clipping_bounds_the_step(go: Any, tiny: Tiny) -> None:
    start = parameters(Labels(open_model(tiny("llama")).load(dtype=torch.float32).module))
    options = {"optimizer": "sgd", "beta1": 0.0, "steps": 1, "learning_rate": 1.0, "warmup_ratio": 0}
    _, objective, stage = go(**options, max_grad_norm=0.01)
    moved = math.sqrt(sum(float((p - start[name]).square().sum()) for name, p in parameters(objective).items()))
    assert values(stage, "gradient_norm")[1] > 0.1, "the norm that is told is that before"
    assert moved == pytest.approx(0.01, rel=1e-3)
    _, free, stage = go(folder="free", **options, max_grad_norm=0.0)
    moved = math.sqrt(sum(float((p - start[name]).square().sum()) for name, p in parameters(free).items()))
    assert moved == pytest.approx(values(stage, "gradient_norm")[1], rel=1e-3)


@pytest.mark.parametrize("name", ["adamw_8bit", "paged_adamw"])
def test_eight_bits_and_pages_are_for_gpus_and_that_is_said(name: str, go: Any) -> None:
    plain = parameters(go(folder="plain")[1])
    _, objective, stage = go(folder="other", optimizer=name)
    assert any(f"{name} needs a CUDA device" in line for line in stage.lines)
    assert all(torch.equal(plain[key], value) for key, value in parameters(objective).items())


class Turning(Labels):
    """Learns a rotation beside the weights; some parameters climb."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__(module)
        self.turn = nn.Parameter(torch.linalg.qr(torch.randn(8, 8, generator=torch.Generator().manual_seed(1)))[0])
        self.climber = nn.Parameter(torch.zeros(()))
        self.register_buffer("goal", torch.eye(8))

    def groups(self) -> list[Group]:
        return [
            Group(self.module.parameters()),
            Group([self.turn], rate=0.5, optimizer="cayley"),
            Group([self.climber], rate=0.1, optimizer="sgd", ascend=True, clipped=False),
        ]

    def forward(self, batch: Batch) -> Mapping[str, torch.Tensor]:
        found = super().forward(batch)["loss"]
        return {"loss": found + (self.turn - self.goal).square().sum() + self.climber}


def test_rotations_stay_rotations_and_multipliers_climb(go: Any) -> None:
    _, objective, _ = go(Turning, lr_scheduler_type="constant", warmup_ratio=0)
    assert isinstance(objective, Turning)
    turned = objective.turn.detach()
    torch.testing.assert_close(turned @ turned.T, torch.eye(8), atol=1e-4, rtol=0)
    begun = Turning(nn.Module()).turn.detach()
    assert not torch.allclose(turned, begun, atol=1e-2)
    assert objective.climber.item() == pytest.approx(0.6)


# -- looking, saving, leaving ------------------------------------------------------------------------------------------
def test_evaluation_every_few_steps(go: Any) -> None:
    _, objective, stage = go(eval_steps=4)
    assert objective.evaluations == [4, 6]
    assert list(values(stage, "loss/eval")) == [4, 6]


@pytest.mark.parametrize(("seconds", "expected"), [(3600.0, 2), (0.0, 8)])
def test_checkpoints_by_time(seconds: float, expected: int, go: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "CHECKPOINT_SECONDS", seconds)
    monkeypatch.setattr(loop, "CHECKPOINT_SHARE", math.inf)
    saved: list[int] = []
    save = checkpoint.save

    def counting(*arguments: Any, **keywords: Any) -> None:
        saved.append(arguments[5]["step"])
        save(*arguments, **keywords)

    monkeypatch.setattr(checkpoint, "save", counting)
    go()
    # the first and the last always; otherwise one before each step, and one before the evaluation
    assert len(saved) == expected + (seconds == 0.0) and saved[0] == 0 and saved[-1] == 6


def test_weights_that_are_broken_are_not_saved(go: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "CHECKPOINT_SECONDS", 0.0)
    monkeypatch.setattr(loop, "CHECKPOINT_SHARE", math.inf)

    class Breaking(Labels):
        broken = False

        def after_step(self, step: int) -> None:
            if step == 3 and not self.broken:
                self.broken = True
                with torch.no_grad():
                    next(self.parameters()).view(-1)[0] = math.nan

    trained, objective, stage = go(Breaking)
    assert any("a weight is not finite" in line for line in stage.lines)
    assert trained.steps == 6 and all(torch.isfinite(value).all() for value in parameters(objective).values())


class Leaving(Labels):
    """Asks for a cancel when the gradient of step 3 is half-way through the network."""

    stage: RecordingStage
    passed_on = False

    def forward(self, batch: Batch) -> Mapping[str, torch.Tensor]:
        found = super().forward(batch)
        if self.training and self.steps[-1] == 3 and not self.passed_on:
            found["loss"].register_hook(lambda _: self.stage.control.cancel())
        return found

    def after_step(self, step: int) -> None:
        self.passed_on = self.passed_on or step == 3


@pytest.mark.parametrize("quick", [True, False])
def test_a_cancel_in_the_backward_pass(quick: bool, go: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is obeyed within the pass; where checkpoints take long, the last one has to do."""
    if not quick:
        monkeypatch.setattr(loop, "QUICK_SECONDS", 0.0)
    whole = parameters(go(folder="whole")[1])
    stage = RecordingStage(tmp_path / "left")
    made: list[Leaving] = []

    def leaving(module: nn.Module) -> Leaving:
        made.append(Leaving(module))
        made[-1].stage = stage
        return made[-1]

    with pytest.raises(Cancelled):
        go(leaving, stage=stage)
    assert not made[0].passed_on
    assert any("Steps 1 to 3 are made again" in line for line in stage.lines) is not quick
    _, objective, _ = go(folder="left")
    assert objective.steps == ([3, 4, 5] if quick else [0, 1, 2, 3, 4, 5])
    assert all(torch.equal(whole[name], value) for name, value in parameters(objective).items())


def test_a_pause_holds_and_changes_nothing(go: Any, tmp_path: Path) -> None:
    whole = parameters(go(folder="whole")[1])
    stage = RecordingStage(tmp_path / "paused")
    stage.control.pause()
    done: list[Labels] = []
    thread = threading.Thread(target=lambda: done.append(go(stage=stage)[1]))
    thread.start()
    time.sleep(0.3)
    assert not done and not values(stage, "loss/train")
    stage.control.resume()
    thread.join(20)
    assert all(torch.equal(whole[name], value) for name, value in parameters(done[0]).items())


class Asking(Labels):
    """Asks for a cancel when the backward pass begins."""

    stage: RecordingStage

    def forward(self, batch: Batch) -> Mapping[str, torch.Tensor]:
        found = super().forward(batch)
        found["loss"].register_hook(lambda _: self.stage.control.cancel())
        return found


def test_a_cancel_is_obeyed_in_the_middle_of_a_pass(sample_model: Path, tmp_path: Path) -> None:
    """The gradient does not reach the first layer any more."""
    stage = RecordingStage(tmp_path)
    objective = Asking(open_for_training(open_model(sample_model), stage).module)
    objective.stage = stage
    batches = TokenBatches({"input_ids": torch.arange(2 * 64).view(2, 64)}, size=2, micro=2, seed=0)
    with pytest.raises(Cancelled):
        train(
            objective,
            batches,
            SETTINGS.replace(batch_size=2, micro_batch_size=2, sequence_length=64, eval_samples=0),
            stage,
        )
    gradients = {name: parameter.grad is not None for name, parameter in objective.named_parameters()}
    assert not any(there for name, there in gradients.items() if ".layers.0." in name)
    assert not values(stage, "loss/train")


@pytest.mark.parametrize("method_id", ["fine_tuning", "lora", "logit_distillation"])
def test_a_broken_weight_is_named(method_id: str, tiny: Tiny, tmp_path: Path) -> None:
    """And not the learning rate blamed."""
    source = Path(shutil.copytree(tiny("llama"), tmp_path / "source"))
    tensors = load_file(source / "model.safetensors")
    tensors["model.layers.1.mlp.down_proj.weight"][0, 0] = float("nan")
    save_file(tensors, source / "model.safetensors", {"format": "pt"})
    settings = {
        "text": str(Path(__file__).resolve().parents[3] / "LICENSE"),
        "sequence_length": 32,
        "steps": 1,
        "batch_size": 1,
    }
    with pytest.raises(RunFailed, match="a weight is NaN") as caught:
        compress(source, method_id, settings, tmp_path)
    assert "model.layers.1.mlp.down_proj" in caught.value.where and "rate" not in caught.value.advice


class _Paged(torch.optim.AdamW):
    """Keeps its state in buffers of its own, as bitsandbytes' paged optimizers do on a GPU."""

    is_paged = True

    def get_state_buffer(self, parameter: torch.Tensor, dtype: torch.dtype = torch.float32) -> torch.Tensor:
        buffer = torch.zeros_like(parameter, dtype=dtype)
        buffer.is_paged = True  # type: ignore[attr-defined]
        return buffer


def test_paged_state_comes_back_as_paged(tmp_path: Path) -> None:
    """A plain tensor in its place would stay on the device from then on."""
    random, file = Random(0), tmp_path / "checkpoint.safetensors"
    states = []
    for seed in (0, 1):
        objective = Labels(nn.Linear(4, 3))
        optimizer = _Paged(objective.parameters())
        if not seed:
            objective.module(torch.ones(2, 4)).sum().backward()
            optimizer.step()
            checkpoint.save(file, objective, [optimizer], samples(), random.state(), {}, write=True)
        else:
            checkpoint.load(file, objective, [optimizer], samples(), random)
        states.append([optimizer.state[parameter] for parameter in objective.parameters()])
    for before, after in zip(*states, strict=True):
        for name in ("exp_avg", "exp_avg_sq"):
            assert torch.equal(before[name], after[name]) and after[name].is_paged
        assert float(after["step"]) == 1
