"""A method for tests of the engine: walks the model, scales its linears, and misbehaves on demand."""

from __future__ import annotations

import errno
import time
from typing import Any, Literal

import torch

from engine.architecture.anatomy import Anatomy
from engine.base.errors import BadInput
from engine.checkpoints.checkpoint import CheckpointHeader
from engine.contracts.problem import Estimate, Problem
from engine.contracts.settings import Settings, setting
from engine.methods.base import MethodInfo, Rule
from engine.models.model import Model
from engine.models.stage import Stage


class ProbeSettings(Settings):
    """What it does."""

    action: Literal["", "error", "refuse", "nan", "memory", "disk", "warn", "problem"] = setting(
        "", title="Action", help="How it misbehaves after the first part."
    )
    factor: float = setting(0.5, title="Factor", help="Of all linears.")
    noise: float = setting(0.0, title="Noise", help="Standard deviation of seeded noise.")
    seconds: float = setting(0.0, title="Seconds", help="How long each part takes.")
    walk: bool = setting(True, title="Walk", help="Off: everything is loaded at once, as a method that trains does.")
    batch_size: int = setting(8, title="Batch", help="Nothing but a setting that costs memory.")


PROBE = MethodInfo(
    id="probe", title="Probe", family="pruning", summary="For tests.", settings=ProbeSettings, algorithm="probe:Probe"
)
TEACHER = MethodInfo(
    id="learner",
    title="Learner",
    family="distillation",
    summary="For tests.",
    settings=ProbeSettings,
    algorithm="probe:Probe",
    inputs=("model", "teacher"),
    not_after=(Rule("quantized", why="Integers can't be trained", advice="Put it before"),),
)


class Probe:
    """The algorithm."""

    def check(self, anatomy: Anatomy, settings: ProbeSettings) -> list[Problem]:
        if settings.action == "problem":
            return [Problem("error", "This never works", where=anatomy.linears[0].name, advice="Leave it.")]
        return []

    def estimate(
        self, header: CheckpointHeader, anatomy: Anatomy, settings: ProbeSettings, device: torch.device
    ) -> Estimate:
        return Estimate(header.nbytes, 2 * header.nbytes, 0.5)

    def apply(self, model: Model, settings: ProbeSettings, stage: Stage) -> Model:
        if not settings.walk:
            model.load()
            for number, linear in enumerate(model.anatomy.linears):
                self.scale(model, linear.name, settings, stage)
                stage.progress((number + 1) / len(model.anatomy.linears))
            return model
        for number, part in enumerate(stage.parts(model)):
            end = time.monotonic() + settings.seconds
            while time.monotonic() < end:
                stage.checkpoint()
                time.sleep(0.01)
            for linear in part.linears:
                self.scale(model, linear.name, settings, stage)
                stage.layer(linear.name, {"sparsity": 0.0})
            stage.metric("loss", 1.0 / (number + 1), number)
            if number == 1 and settings.action:
                self.misbehave(settings.action, model, part.linears[0].name, stage)
        stage.detail("factor", settings.factor)
        return model

    def scale(self, model: Model, name: str, settings: ProbeSettings, stage: Stage) -> None:
        weight: Any = model.get(name).weight
        with torch.no_grad():
            weight.mul_(settings.factor)
            if settings.noise:
                weight.add_(settings.noise * torch.randn(weight.shape, generator=stage.generator(name)))

    def misbehave(self, action: str, model: Model, name: str, stage: Stage) -> None:
        weight: Any = model.get(name).weight
        if action == "error":
            raise ZeroDivisionError("a bug")
        if action == "refuse":
            raise BadInput("It can't be done", where=name, why="for no reason", advice="do something else")
        if action == "memory":
            raise MemoryError
        if action == "disk":
            raise OSError(errno.ENOSPC, "No space left on device", str(stage.folder / "state"))
        if action == "warn":
            stage.log("That was close", "warning")
        if action == "nan":
            with torch.no_grad():
                weight[0, 0] = float("nan")
