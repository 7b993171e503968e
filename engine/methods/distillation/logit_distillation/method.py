"""Distillation of next-token distributions."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch

from engine.architecture.anatomy import Anatomy
from engine.checkpoints.checkpoint import CheckpointHeader
from engine.contracts.problem import Estimate, Problem
from engine.methods.costs.primitives import DIVERGENCE
from engine.methods.distillation.common import distillation
from engine.methods.distillation.common.continuations import end_tokens
from engine.methods.distillation.logit_distillation.objective import DivergenceObjective, LiveTeacher, OnPolicy, Teacher
from engine.methods.distillation.logit_distillation.settings import LogitSettings
from engine.methods.distillation.logit_distillation.teacher_cache import Keeper, keep
from engine.models.model import Model
from engine.models.source import load_tokenizer
from engine.models.stage import Stage
from engine.numerics.divergences import Divergence
from engine.training.batches import TokenBatches, text_batches
from engine.training.loop import train
from engine.training.model import close_after_training, open_for_training
from engine.training.objective import Batches

KEEPING = 0.3
"""Share of the progress that running the teacher beforehand makes up."""


class LogitDistillation:
    """The algorithm.

    In memory, for each weight of the student: 16 bytes (float32, gradient, two moments); of the teacher: 2 on an
    accelerator with bfloat16, 4 on the CPU. Outputs that were kept need no teacher.
    """

    def check(self, anatomy: Anatomy, settings: LogitSettings) -> list[Problem]:
        """A model that predicts no tokens, layers that are not there."""
        problems = distillation.problems(anatomy, settings)
        if not anatomy.predicts_next:
            problems.append(
                Problem(
                    "error",
                    "The model does not predict the next token, so that there are no distributions to compare",
                    advice="Similarity distillation works on encoders too",
                )
            )
        return problems

    def compare(self, sources: Mapping[str, Path], settings: LogitSettings) -> list[Problem]:
        """Tokenizers that differ."""
        return distillation.different_words(sources)

    def estimate(
        self, header: CheckpointHeader, anatomy: Anatomy, settings: LogitSettings, device: torch.device
    ) -> Estimate:
        """See `distillation.estimate`."""
        return distillation.estimate(
            header, anatomy, settings, device, teacher_in_memory=not settings.top_k, copies=DIVERGENCE
        )

    def reshaped(
        self, header: CheckpointHeader, anatomy: Anatomy, settings: LogitSettings
    ) -> tuple[CheckpointHeader, Anatomy] | None:
        """See `distillation.student_headers`."""
        return distillation.student_headers(header, anatomy, settings)

    def apply(self, model: Model, settings: LogitSettings, stage: Stage) -> Model:
        """Train the student. Raises `BadInput` if the teacher's tokenizer is another."""
        student = distillation.make_student(model, settings, stage)
        distillation.compare_models(student, settings, stage)
        batches = text_batches(student, settings, stage)
        start = KEEPING if settings.top_k else 0.0
        teacher = _teacher(student, batches, settings, stage, start)
        open_for_training(student, stage)
        student.module.requires_grad_(True)
        divergence = Divergence(settings.divergence, settings.skew, settings.temperature)
        objective = DivergenceObjective(student.module, teacher, divergence, settings.cross_entropy_weight)
        train(objective, _policy(batches, student, settings, stage), settings, stage, span=(start, 1.0))
        stage.inputs[distillation.TEACHER].free()
        return close_after_training(student)


def _teacher(student: Model, batches: TokenBatches, settings: LogitSettings, stage: Stage, end: float) -> Teacher:
    teacher = distillation.ready_teacher(stage)
    if not settings.top_k:
        return LiveTeacher(teacher.module)
    folder = stage.folder / "teacher"
    width = min(student.anatomy.vocabulary, teacher.anatomy.vocabulary)
    keeper = Keeper(teacher, settings.top_k, settings.temperature, width, stage)
    cached = keep(keeper, batches, settings.steps, folder, end)
    teacher.free()
    size = sum(file.stat().st_size for file in folder.glob("*.safetensors"))
    stage.detail("kept_teacher_bytes", float(size))
    return cached


def _policy(batches: TokenBatches, student: Model, settings: LogitSettings, stage: Stage) -> Batches:
    if not settings.on_policy_ratio:
        return batches
    return OnPolicy(
        batches,
        student.module,
        share=settings.on_policy_ratio,
        prompt=settings.prompt_length,
        temperature=settings.generation_temperature,
        end_ids=end_tokens(student, load_tokenizer(student)),
        seed=stage.generator("on-policy").initial_seed(),
        device=stage.device,
        checkpoint=stage.checkpoint,
    )
