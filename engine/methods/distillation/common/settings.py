"""The settings of every distillation: who the student is, and how it is trained. Torch-free."""

from __future__ import annotations

from typing import Literal

import pydantic

from engine.contracts.settings import setting
from engine.training.settings import TrainingSettings

STUDENT = "Student"


class DistillationSettings(TrainingSettings):
    """The student and its training."""

    student: Literal["incoming", "layers", "config"] = setting(
        "incoming",
        title="Student",
        help="The incoming model, a smaller one made of some of its layers and their largest weights, or one with "
        "random weights.",
        choices={"incoming": "The incoming model", "layers": "A smaller part of it", "config": "Random, from a config"},
        section=STUDENT,
    )
    num_hidden_layers: int = setting(
        0,
        title="Layers",
        help="Number of layers, evenly spaced, including the first and the last; 0: half of them.",
        unit="layers",
        ge=0,
        shown_if=("student", ("layers",)),
        section=STUDENT,
        aliases=("keep",),
    )
    kept_layers: tuple[int, ...] = setting(
        (),
        title="Layers kept, by number",
        help="Their numbers in rising order, beginning with 0; empty: spread evenly.",
        kind="layers",
        shown_if=("student", ("layers",)),
        section=STUDENT,
        advanced=True,
        aliases=("layers",),
    )
    hidden_size: int = setting(
        0,
        title="Hidden size",
        help="Of the student, with the largest embeddings kept; 0: that of the model.",
        ge=0,
        shown_if=("student", ("layers",)),
        section=STUDENT,
        advanced=True,
        aliases=("keep_hidden",),
    )
    num_attention_heads: int = setting(
        0,
        title="Attention heads",
        help="Of each layer, with the largest weights kept, whole groups that share a key; 0: all.",
        ge=0,
        shown_if=("student", ("layers",)),
        section=STUDENT,
        advanced=True,
        aliases=("keep_heads",),
    )
    intermediate_size: int = setting(
        0,
        title="Intermediate size",
        help="Of the MLP, with the largest weights kept; 0: all.",
        ge=0,
        shown_if=("student", ("layers",)),
        section=STUDENT,
        advanced=True,
        aliases=("keep_inner",),
    )
    config: str = setting(
        "",
        title="Config",
        help="A config.json, or a model whose shape the student gets. It keeps the tokenizer of the incoming model.",
        kind="model",
        shown_if=("student", ("config",)),
        section=STUDENT,
    )

    @pydantic.model_validator(mode="after")
    def _has_config(self) -> DistillationSettings:
        if self.student == "config" and not self.config:
            raise ValueError("a student with random weights needs a config: name a config.json or a model")
        return self

    def sample_length(self) -> int:
        """Of another network than the incoming one nothing is known."""
        return 0 if self.student == "config" else super().sample_length()

    def student_layers(self, count: int) -> tuple[int, ...]:
        """The numbers of the layers that the student has of ``count``."""
        if self.student != "layers":
            return tuple(range(count))
        if self.kept_layers:
            return self.kept_layers
        keep = min(count, self.num_hidden_layers or (count + 1) // 2)
        if keep == 1:
            return (0,)
        return tuple(round(index * (count - 1) / (keep - 1)) for index in range(keep))

    @property
    def is_narrower(self) -> bool:
        """True if the student has smaller layers."""
        return self.student == "layers" and bool(self.hidden_size or self.num_attention_heads or self.intermediate_size)

    def student_words(self) -> str:
        """For the block on the canvas; empty for the incoming model."""
        if self.student == "layers":
            return f"{len(self.kept_layers) or self.num_hidden_layers or 'half the'} layers" + (
                ", narrower" if self.is_narrower else ""
            )
        return "random student" if self.student == "config" else ""
