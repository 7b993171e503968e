"""Linformer: attention to a fixed number of slots instead of to every token."""

from __future__ import annotations

from typing import ClassVar, Literal

import pydantic

from engine.contracts.settings import setting, with_default
from engine.methods.base import MethodInfo, Rule
from engine.training.settings import TRAINING, TrainingSettings

FIT = "Fitting the projections"


class LinformerSettings(TrainingSettings):
    """Projection of keys and values, its initialization, and the recovery of the model."""

    PRESETS: ClassVar = {"Quick": {"fit_steps": 5}}

    projected_dim: int = setting(
        128,
        title="Projected dimension k",
        help="Slots k that keys and values are projected to, in every layer. For encoders.",
        unit="slots",
        ge=1,
        le=65536,
        step=16,
        aliases=("slots",),
    )
    projected_dims: tuple[str, ...] = setting(
        (),
        title="Projected dimension by layer",
        help="Projected lengths of the layers one by one, instead of the same for all: 256, 256, 128, 64.",
        advanced=True,
        aliases=("by_layer",),
    )
    sharing: Literal["headwise", "key_value", "layerwise", "none"] = setting(
        "headwise",
        title="Parameter sharing",
        help="Which attention layers and heads share projections. Fewer projections make a smaller model, and each is "
        "trained better.",
        choices={
            "none": "Not at all: E and F for every head",
            "headwise": "By the heads of a layer: E and F",
            "key_value": "By keys and values too: E = F",
            "layerwise": "By all layers: one E",
        },
    )
    max_sequence_length: int = setting(
        0,
        title="Longest sequence",
        help="Number of tokens that the projections cover; longer texts are refused. 0: as many as the model has "
        "positions.",
        unit="tokens",
        ge=0,
        le=1_048_576,
        aliases=("positions",),
    )
    segment_length: int = setting(
        64,
        title="Segment length",
        help="Decoders only, where the projection of a whole text would mix the future into the past: tokens are "
        "attended exactly within their segment, completed segments through their slots. An extension of the paper.",
        unit="tokens",
        ge=2,
        le=65536,
        step=16,
        aliases=("segment",),
    )
    segment_projected_dim: int = setting(
        16,
        title="Projected dimension of a segment",
        help="Decoders only: what the keys and values of a completed segment are projected to.",
        unit="slots",
        ge=1,
        le=65536,
        step=4,
        aliases=("segment_slots",),
    )
    init: Literal["auto", "segments", "attention", "random"] = setting(
        "auto",
        title="Initialization",
        help="Each slot the mean of neighboring tokens; or of segments that are shorter where the model's attention "
        "tells tokens apart (by the singular vectors of the average attention, encoders only), which is much closer to "
        "the original; or random numbers.",
        choices={
            "auto": "The best: attention, or segments in decoders",
            "segments": "Segment means",
            "attention": "Average attention",
            "random": "Random (JL)",
        },
        aliases=("start",),
    )
    benchmark_length: int = setting(
        4096,
        title="Benchmark attention up to",
        help="Measures time and memory of the attention on this machine, from 512 tokens up to this number, next to "
        "exact attention, and plots them. 65536 tokens take about two minutes on two cores; 0: off.",
        unit="tokens",
        ge=0,
        le=65536,
        step=4096,
        advanced=True,
        aliases=("measured_length",),
    )
    fit_steps: int = setting(
        100,
        title="Fitting steps",
        help="Steps in which only the projections are trained, so that each layer reproduces its original output.",
        unit="steps",
        ge=0,
        le=1_000_000,
        section=FIT,
    )
    fit_lr: float = setting(
        2e-3,
        title="Learning rate of the fitting",
        help="Learning rate of the projections while they are fitted. In the recovery they have that of the weights.",
        gt=0,
        le=10,
        section=FIT,
        aliases=("fit_rate",),
    )
    recovery: Literal["distillation", "language_modeling", "none"] = setting(
        "distillation",
        title="Recovery",
        help="What the model is trained on after that: what the original says (its logits, or the hidden states of an "
        "encoder without a head), or the text itself (masked tokens for encoders, the next token for decoders).",
        choices={"distillation": "The original's outputs", "language_modeling": "The text", "none": "Nothing"},
        section=TRAINING,
        value_aliases={"language": "language_modeling"},
    )
    trainable: Literal["all", "projections"] = setting(
        "all",
        title="Train",
        help="What the recovery changes.",
        choices={"all": "All weights", "projections": "Projections only"},
        section=TRAINING,
        aliases=("trained",),
    )
    steps: int = with_default(TrainingSettings, "steps", 100, help="Steps of the recovery.")
    learning_rate: float = with_default(TrainingSettings, "learning_rate", 5e-5)

    @pydantic.field_validator("projected_dims")
    @classmethod
    def _numbers(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if any(not part.isdecimal() or int(part) < 1 for part in value):
            raise ValueError("projected lengths are whole numbers from 1 on, such as 256, 128, 64")
        return value

    def lengths(self, layers: int) -> list[int]:
        """The projected length of every layer of an encoder."""
        return [int(part) for part in self.projected_dims] or [self.projected_dim] * layers

    def summary(self) -> str:
        """For the block on the canvas."""
        return f"{self.projected_dim} slots · {self.segment_projected_dim}/{self.segment_length} in decoders"


METHOD = MethodInfo(
    id="linformer",
    title="Linformer",
    family="low_rank",
    summary="Projects keys and values along the sequence, so that the cost of attention grows with the length of the "
    "text, not with its square.",
    paper="Wang et al. 2020, arXiv 2006.04768",
    settings=LinformerSettings,
    choose_for=(("long texts through an encoder", ": attention that grows with the length, not with its square"),),
    algorithm="engine.methods.low_rank.linformer.method:Linformer",
    inputs=("model", "teacher"),
    optional=("teacher",),
    needs=frozenset({"data", "teacher", "training", "anatomy"}),
    traits=frozenset({"own_attention"}),
    not_after=(
        Rule(
            "own_attention",
            why="Its attention is projected already",
            advice="Use one Linformer block",
        ),
        Rule(
            "quantized",
            why="The weights are quantized and can't be trained: only the projections recover what is lost",
            advice="Put Linformer before the quantization",
            severity="warning",
        ),
    ),
    keywords=("linformer", "attention", "linear attention", "long context", "projection"),
)
