"""Sequence-level distillation: write, then fine-tune."""

from __future__ import annotations

import torch

from engine.architecture.anatomy import Anatomy
from engine.checkpoints.checkpoint import CheckpointHeader
from engine.contracts.problem import Estimate, Problem
from engine.methods.distillation.common import distillation
from engine.methods.distillation.sequence_level_distillation.generated_texts import teacher_texts
from engine.methods.distillation.sequence_level_distillation.settings import SequenceLevelSettings
from engine.models import ranks
from engine.models.model import Model
from engine.models.stage import Stage
from engine.training.batches import text_batches
from engine.training.language_model import LanguageModeling
from engine.training.loop import train
from engine.training.model import close_after_training, open_for_training

WRITING = 0.5
"""Share of the progress that writing makes up."""
_SLOWNESS = 8.0
"""Writing a token takes so many times as long as reading it among many."""


class SequenceLevelDistillation:
    """The algorithm.

    In memory, one after the other: the teacher while it writes, 2 bytes for each weight on an accelerator with
    bfloat16, 4 on the CPU; then the student, 16.
    """

    def check(self, anatomy: Anatomy, settings: SequenceLevelSettings) -> list[Problem]:
        """A model that writes no text, layers that are not there."""
        problems = distillation.problems(anatomy, settings)
        if not anatomy.predicts_next:
            problems.append(
                Problem(
                    "error",
                    "The model predicts no next token and can't be trained on texts in this way",
                    advice="Similarity distillation works on encoders too",
                )
            )
        return problems

    def estimate(
        self, header: CheckpointHeader, anatomy: Anatomy, settings: SequenceLevelSettings, device: torch.device
    ) -> Estimate:
        """See `distillation.estimate`."""
        written = settings.num_samples * settings.sequence_length if settings.text_source == "teacher" else 0
        seconds = _SLOWNESS * 2 * header.parameters * written / 4e10
        return distillation.estimate(header, anatomy, settings, device, teacher_in_memory=False, extra_seconds=seconds)

    def reshaped(
        self, header: CheckpointHeader, anatomy: Anatomy, settings: SequenceLevelSettings
    ) -> tuple[CheckpointHeader, Anatomy] | None:
        """See `distillation.student_headers`."""
        return distillation.student_headers(header, anatomy, settings)

    def apply(self, model: Model, settings: SequenceLevelSettings, stage: Stage) -> Model:
        """Let the teacher write, free it, train the student on what it wrote."""
        student = distillation.make_student(model, settings, stage)
        start = 0.0
        if settings.text_source == "teacher":
            start = WRITING
            settings = settings.replace(text=ranks.on_main(lambda: _written(settings, stage, start)))
        batches = text_batches(student, settings, stage)
        open_for_training(student, stage)
        student.module.requires_grad_(True)
        train(LanguageModeling(student.module, batches, stage), batches, settings, stage, span=(start, 1.0))
        return close_after_training(student)


def _written(settings: SequenceLevelSettings, stage: Stage, end: float) -> str:
    """The file with the teacher's texts."""
    teacher = distillation.ready_teacher(stage)
    file = teacher_texts(teacher, settings, stage, end)
    teacher.free()
    return str(file)
