"""Student and teacher before the training: made, compared, estimated."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from engine.architecture.anatomy import Anatomy
from engine.base.errors import BadInput
from engine.checkpoints.checkpoint import CheckpointHeader
from engine.contracts.problem import Estimate, Problem
from engine.data.tokens import encoded
from engine.methods.costs.bytes import artifact_bytes
from engine.methods.costs.primitives import DIVERGENCE, LABELS, Train, teacher_bytes
from engine.methods.costs.training import parameters_of
from engine.methods.distillation.common import smaller_student
from engine.methods.distillation.common.settings import DistillationSettings
from engine.methods.shared.cutting import cut
from engine.models.fresh import config_problems, fresh_headers, fresh_model, read_config
from engine.models.model import Model
from engine.models.slicing import sliced
from engine.models.source import load_tokenizer
from engine.models.stage import Stage

TEACHER = "teacher"
"""Name of the port."""
_PROBE = "The 3 naïve coders' 12,500 lines —\n\tif (x != y) { return 0.5; }  Größe, 你好, мир, 👍🏽\n"
"""Cut into tokens by both tokenizers: two with the same words may merge them in another order."""


def problems(anatomy: Anatomy, settings: DistillationSettings) -> list[Problem]:
    """Problems of the student's shape."""
    if settings.student != "layers":
        return config_problems(settings.config) if settings.student == "config" else []
    count, layers = len(anatomy.layers), settings.student_layers(len(anatomy.layers))
    if anatomy.not_alike:
        return [Problem("error", anatomy.not_alike)]
    if (
        settings.num_hidden_layers > count
        or list(layers) != sorted(set(layers))
        or not all(0 <= layer < count for layer in layers)
    ):
        named = ", ".join(map(str, settings.kept_layers)) or str(settings.num_hidden_layers)
        advice = f"Name some of 0 to {count - 1}, each once and in order, or keep at most {count}"
        return [Problem("error", f"The student can't have these layers: {named}; the model has {count}", advice=advice)]
    return smaller_student.problems(anatomy, settings)


def student_headers(
    header: CheckpointHeader, anatomy: Anatomy, settings: DistillationSettings
) -> tuple[CheckpointHeader, Anatomy] | None:
    """The student from headers alone; None where it is the model, or not known before."""
    if settings.student == "config":
        return fresh_headers(header, anatomy, settings.config)
    if settings.student != "layers" or problems(anatomy, settings):
        return None
    return cut(header, anatomy, smaller_student.shape_of(anatomy, settings))


def make_student(model: Model, settings: DistillationSettings, stage: Stage) -> Model:
    """The student that ``settings`` ask for; ``model`` must stay as it is."""
    if settings.student == "layers":
        return sliced(model, smaller_student.chosen(model, settings, stage), stage)
    if settings.student == "config":
        seed = stage.generator("student").initial_seed()
        student = fresh_model(model, stage.folder / "student", seed, config=read_config(settings.config))
        if model.anatomy.head is not None and student.anatomy.head is None:
            raise BadInput(
                "The student would predict no tokens",
                where=settings.config,
                why="its config is that of an encoder",
                advice="name the config of a decoder, such as Llama, Qwen or GPT-2",
            )
        return student
    return model


def ready_teacher(stage: Stage) -> Model:
    """The teacher in memory, for many forward passes; it never learns."""
    teacher = stage.inputs[TEACHER]
    stage.progress(0.0, "Loading the teacher")
    teacher.ready(teacher.reading_dtype(stage.device), stage.device)
    teacher.module.requires_grad_(False).eval()
    return teacher


def different_words(sources: Mapping[str, Path]) -> list[Problem]:
    """True if a teacher writes other tokens than its student: found before anything is spent. ``sources``: port ->
    where the model comes from."""
    student, teacher = sources["model"], sources[TEACHER]
    why = "" if student == teacher else tokenizer_difference(load_tokenizer(student), load_tokenizer(teacher))
    if not why:
        return []
    error = _other_words(student, teacher, why)
    return [Problem("error", f"{error.what}: {why}", where=error.where, advice=error.advice)]


def compare_models(student: Model, settings: DistillationSettings, stage: Stage) -> None:
    """Warn of a teacher that has nothing to teach; raise `BadInput` where it writes other tokens than the student."""
    teacher = stage.inputs[TEACHER]
    if settings.student == "incoming" and teacher.header.fingerprint == student.header.fingerprint:
        stage.log("Student and teacher are the same model: there is nothing to learn from it", "warning")
    why = tokenizer_difference(load_tokenizer(student), load_tokenizer(teacher))
    if why:
        raise _other_words(student.path, teacher.path, why)


def _other_words(student: Path, teacher: Path, why: str) -> BadInput:
    return BadInput(
        "Student and teacher have different tokenizers",
        where=f"{student} and {teacher}",
        why=why,
        advice="use sequence-level distillation, which needs only the teacher's texts, or another teacher",
    )


def tokenizer_difference(student: Any, teacher: Any) -> str:
    """Reason why their tokens do not mean the same; "" if they do. The width of the logits says nothing: vocabularies
    are padded at will."""
    if student is teacher:
        return ""
    ours, theirs = student.get_vocab(), teacher.get_vocab()
    if ours != theirs:
        word = next(word for word in sorted({*ours, *theirs}) if ours.get(word) != theirs.get(word))
        at = [str(vocabulary.get(word, "nothing")) for vocabulary in (ours, theirs)]
        return f"token {word!r} is {at[0]} for the student and {at[1]} for the teacher"
    pieces = [encoded(tokenizer, _PROBE)["input_ids"] for tokenizer in (student, teacher)]
    return "" if pieces[0] == pieces[1] else "the same text is cut into other tokens"


def estimate(
    header: CheckpointHeader,
    anatomy: Anatomy,
    settings: DistillationSettings,
    device: torch.device,
    *,
    teacher_in_memory: bool,
    copies: int = LABELS,
    extra_seconds: float = 0.0,
) -> Estimate:
    """Bytes of the student; memory of weights, gradients and optimizer, of the teacher, and of one pass with so many
    ``copies`` of the logits; seconds of passes of both, whether the teacher's logits are kept or made for each step."""
    student, its = student_headers(header, anatomy, settings) or (header, anatomy)
    disk = artifact_bytes(student, its, {}, all_change=True)
    weights = parameters_of(student, its)
    teacher = header.parameters if teacher_in_memory else 0
    train = Train(settings, copies, logits=3 if teacher else 2)
    memory = train.memory(weights, its, device) + teacher_bytes(teacher, device)
    predicting = header.parameters if teacher or copies == DIVERGENCE else 0
    return Estimate(disk, memory, train.seconds(its, weights, device, teacher=predicting) + extra_seconds)
