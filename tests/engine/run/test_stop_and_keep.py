"""Stop early and keep: the run goes on with what there is, no other run ever takes it for the whole."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from engine.contracts.events import Event, Metric, StageChanged
from engine.models.source import open_model
from engine.pipeline.document import Evaluation, Pipeline
from engine.record.home import Home
from engine.run.control import Control
from engine.run.runner import Outcome, resume, start
from engine.training import loop

TEXT = str(Path(__file__).resolve().parents[3] / "LICENSE")
STEPS = 40
TRAINING = {
    "text": TEXT,
    "steps": STEPS,
    "batch_size": 2,
    "micro_batch_size": 2,
    "sequence_length": 24,
    "eval_samples": 2,
}


@pytest.fixture
def pipeline(tiny: Callable[[str], Path]) -> Pipeline:
    """A training, then a block that goes on from what it left."""
    blocks: list[Any] = [("model", {"model": str(tiny("llama"))}), ("fine_tuning", TRAINING), ("probe", {})]
    return Pipeline.linear(blocks, evaluation=Evaluation(when="never"))


@pytest.fixture(autouse=True)
def _every_step_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "REPORT_SECONDS", 0.0)


class Impatient(list[Event]):
    """Asks to stop once the given step was told of, and to cancel when a block begins."""

    def __init__(self, stop_at: int = 0, cancel_in: str = "") -> None:
        super().__init__()
        self.control = Control()
        self.stop_at, self.cancel_in = stop_at, cancel_in

    def __call__(self, event: Event) -> None:
        self.append(event)
        if isinstance(event, Metric) and event.name == "loss/train" and event.step == self.stop_at:
            self.control.stop()
        if isinstance(event, StageChanged) and event.state == "running" and event.block == self.cancel_in:
            self.control.cancel()

    @property
    def steps(self) -> list[int]:
        """The steps that were told of."""
        return [event.step for event in self if isinstance(event, Metric) and event.name == "loss/train"]


def run(pipeline: Pipeline, home: Path, listener: Impatient, **more: Any) -> Outcome:
    return start(pipeline, home=Home(home), device="cpu", sink=listener, control=listener.control, **more)


def stage(outcome: Outcome, block: str) -> dict[str, Any]:
    found: dict[str, Any] = next(entry for entry in outcome.report["stages"] if entry["block"] == block)
    return found


def tensors(outcome: Outcome, block: str) -> dict[str, torch.Tensor]:
    found: dict[str, torch.Tensor] = {}
    for file in Path(stage(outcome, block)["artifact"]).glob("*.safetensors"):
        found |= load_file(file)
    return found


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def test_what_was_stopped_is_kept_for_this_run_only(pipeline: Pipeline, tmp_path: Path) -> None:
    first = run(pipeline, tmp_path / "home", Impatient(stop_at=3))
    assert first.status == "done" and first.exit_status == 0
    assert stage(first, "fine_tuning_1")["details"]["stopped"] is True
    assert stage(first, "probe_1")["state"] == "done"
    kept = open_model(Path(stage(first, "fine_tuning_1")["artifact"])).load()
    assert all(torch.isfinite(tensor).all() for tensor in kept.module.state_dict().values())

    again = Impatient()
    second = run(pipeline, tmp_path / "home", again)
    for block in ("fine_tuning_1", "probe_1"):
        assert stage(second, block)["state"] == "done" and not stage(second, block)["cached"]
        assert stage(second, block)["signature"] != stage(first, block)["signature"]
    assert "stopped" not in stage(second, "fine_tuning_1")["details"]
    # the first was asked to stop when step 3 was told of, and stopped after step 4
    assert again.steps == list(range(5, STEPS + 1))

    undisturbed = run(pipeline, tmp_path / "other", Impatient())
    for block in ("fine_tuning_1", "probe_1"):
        assert same(tensors(second, block), tensors(undisturbed, block))
        assert not same(tensors(first, block), tensors(undisturbed, block))
    third = run(pipeline, tmp_path / "home", Impatient())
    assert stage(third, "fine_tuning_1")["cached"] and same(tensors(third, "probe_1"), tensors(second, "probe_1"))


def test_a_resumed_run_goes_on_with_what_it_stopped(pipeline: Pipeline, tmp_path: Path) -> None:
    listener = Impatient(stop_at=2, cancel_in="probe_1")
    first = run(pipeline, tmp_path / "home", listener, run="r")
    assert first.status == "cancelled"
    # meanwhile another run brings it to its end
    whole = run(pipeline, tmp_path / "home", Impatient())
    resumed_listener = Impatient()
    resumed = resume("r", home=Home(tmp_path / "home"), device="cpu", sink=resumed_listener)
    assert resumed.status == "done" and resumed_listener.steps == []
    assert stage(resumed, "fine_tuning_1")["details"]["stopped"] is True
    assert same(tensors(resumed, "fine_tuning_1"), tensors(first, "fine_tuning_1"))
    assert not same(tensors(resumed, "probe_1"), tensors(whole, "probe_1"))


def test_a_stop_before_the_last_step_only(pipeline: Pipeline, tmp_path: Path) -> None:
    """Asked for in the last step, it changes nothing: the result is whole."""
    outcome = run(pipeline, tmp_path / "home", Impatient(stop_at=STEPS))
    assert "stopped" not in stage(outcome, "fine_tuning_1")["details"]
    assert stage(run(pipeline, tmp_path / "home", Impatient()), "fine_tuning_1")["cached"]


def test_a_stop_ends_the_block_at_work_only(tiny: Callable[[str], Path], tmp_path: Path) -> None:
    blocks: list[Any] = [
        ("model", {"model": str(tiny("llama"))}),
        ("fine_tuning", TRAINING),
        ("fine_tuning", {**TRAINING, "steps": 6}),
    ]
    listener = Impatient(stop_at=10)  # the second ends before
    outcome = run(Pipeline.linear(blocks, evaluation=Evaluation(when="never")), tmp_path / "home", listener)
    assert stage(outcome, "fine_tuning_1")["details"]["stopped"] is True
    assert "stopped" not in stage(outcome, "fine_tuning_2")["details"]
    told = [event.step for event in listener if isinstance(event, Metric) and event.block == "fine_tuning_2"]
    assert max(told) == 6 and not listener.control.is_stopping
