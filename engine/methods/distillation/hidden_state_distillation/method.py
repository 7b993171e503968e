"""Distillation of what happens inside."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path

import torch

from engine.architecture.anatomy import Anatomy
from engine.checkpoints.checkpoint import CheckpointHeader
from engine.contracts.problem import Estimate, Problem
from engine.methods.distillation.common import distillation
from engine.methods.distillation.hidden_state_distillation.objective import (
    HiddenStateObjective,
    fused,
    with_eager_attention,
)
from engine.methods.distillation.hidden_state_distillation.settings import HiddenStateSettings
from engine.models.model import Model
from engine.models.stage import Stage
from engine.training.batches import text_batches
from engine.training.loop import train
from engine.training.model import close_after_training, open_for_training


class HiddenStateDistillation:
    """The algorithm.

    In memory, for each weight of the student: 16 bytes (float32, gradient, two moments); of the teacher: 2 on an
    accelerator with bfloat16, 4 on the CPU.
    """

    def check(self, anatomy: Anatomy, settings: HiddenStateSettings) -> list[Problem]:
        """Layers that are not recognized or not there, attention whose parts can't be told apart."""
        if anatomy.not_alike:
            return [Problem("error", anatomy.not_alike)]
        problems = distillation.problems(anatomy, settings)
        if settings.relations != "none" and not any(linear.role == "v" for linear in anatomy.layers[0].linears):
            error = fused(anatomy.layers[0].name, "student")
            problems.append(Problem("error", f"{error.what}: {error.why}", where=error.where, advice=error.advice))
        return problems

    def compare(self, sources: Mapping[str, Path], settings: HiddenStateSettings) -> list[Problem]:
        """Tokenizers that differ."""
        return distillation.different_words(sources)

    def estimate(
        self, header: CheckpointHeader, anatomy: Anatomy, settings: HiddenStateSettings, device: torch.device
    ) -> Estimate:
        """See `distillation.estimate`."""
        return distillation.estimate(header, anatomy, settings, device, teacher_in_memory=True)

    def reshaped(
        self, header: CheckpointHeader, anatomy: Anatomy, settings: HiddenStateSettings
    ) -> tuple[CheckpointHeader, Anatomy] | None:
        """See `distillation.student_headers`."""
        return distillation.student_headers(header, anatomy, settings)

    def apply(self, model: Model, settings: HiddenStateSettings, stage: Stage) -> Model:
        """Train the student; projections are thrown away. Raises `BadInput` for models that can't be compared."""
        student = distillation.make_student(model, settings, stage)
        distillation.compare_models(student, settings, stage)
        batches = text_batches(student, settings, stage)
        teacher = distillation.ready_teacher(stage)
        open_for_training(student, stage)
        student.module.requires_grad_(True)
        seeing = with_eager_attention(student, teacher) if settings.attention_weight else contextlib.nullcontext()
        with seeing:
            objective = HiddenStateObjective(student, teacher, settings, stage.generator("projections"))
            train(objective.to(stage.device), batches, settings, stage)
        teacher.free()
        return close_after_training(student)
