"""Sequence-level distillation: the student is trained on texts that its teacher wrote."""

from __future__ import annotations

from typing import ClassVar, Literal

import pydantic

from engine.contracts.settings import setting
from engine.methods.base import MethodInfo
from engine.methods.distillation.common.settings import DistillationSettings
from engine.training.settings import DATA


class SequenceLevelSettings(DistillationSettings):
    """Origin of the teacher's texts, and the training on them."""

    PRESETS: ClassVar = {"Quick": {"num_samples": 64}}
    """Quick: as many texts as its steps read four times over."""

    text_source: Literal["teacher", "file"] = setting(
        "teacher",
        title="Texts",
        help="The teacher generates them now, or they already exist: a text, or prompts with the answers of a teacher "
        "that runs elsewhere.",
        choices={"teacher": "The teacher writes them", "file": "From a file or data set"},
        section=DATA,
        aliases=("source",),
    )
    text: str = setting(
        "pipeline",
        title="Prompts or texts",
        help="What the teacher continues: the beginnings of pieces of a text, or the prompts of a JSON lines file or "
        "of a data set on the hub (hub:name). With texts from a file: those texts, or prompts with answers.",
        kind="dataset",
        section=DATA,
    )
    num_samples: int = setting(
        512,
        title="Texts to generate",
        help="Number of texts. They are stored in the workspace, and other runs with the same teacher reuse them.",
        ge=1,
        le=10_000_000,
        shown_if=("text_source", ("teacher",)),
        section=DATA,
        aliases=("samples",),
    )
    prompt_length: int = setting(
        16,
        title="Prompt length",
        help="Number of tokens at the start of a piece of text that the teacher continues. Records have their own "
        "prompts.",
        unit="tokens",
        ge=1,
        shown_if=("text_source", ("teacher",)),
        section=DATA,
        aliases=("prompt",),
    )
    temperature: float = setting(
        1.0,
        title="Temperature",
        help="Below 1, more likely words; 0 always takes the most likely one, which tends to repeat itself.",
        ge=0,
        le=10,
        step=0.1,
        shown_if=("text_source", ("teacher",)),
        section=DATA,
    )
    generation_seed: int = setting(
        0,
        title="Seed of the texts",
        help="A different seed generates different texts.",
        ge=0,
        le=2**31,
        advanced=True,
        shown_if=("text_source", ("teacher",)),
        section=DATA,
        aliases=("writing_seed",),
    )

    @pydantic.model_validator(mode="after")
    def _fits(self) -> SequenceLevelSettings:
        if self.text_source == "teacher" and self.prompt_length >= self.sequence_length:
            raise ValueError(
                f"a beginning of {self.prompt_length} tokens leaves nothing to write of {self.sequence_length}"
            )
        return self

    def summary(self) -> str:
        """For the block on the canvas."""
        written = f"{self.num_samples} texts of the teacher" if self.text_source == "teacher" else "texts from a file"
        return " · ".join(word for word in (written, self.student_words()) if word)


METHOD = MethodInfo(
    id="sequence_level_distillation",
    aliases=("sequence_level",),
    title="Sequence-level distillation",
    family="distillation",
    summary="The teacher generates texts and the student is trained on them. Works with any tokenizer, and with "
    "teachers whose weights are not available.",
    paper="Kim and Rush 2016, arXiv 1606.07947",
    settings=SequenceLevelSettings,
    choose_for=(("a teacher with another tokenizer, or one of which only answers are known", ""),),
    algorithm="engine.methods.distillation.sequence_level_distillation.method:SequenceLevelDistillation",
    inputs=("model", "teacher"),
    optional=("teacher",),
    needs=frozenset({"data", "teacher", "training"}),
    keywords=("sft", "black box", "generate", "synthetic", "teacher", "student", "knowledge", "fine-tuning"),
)
