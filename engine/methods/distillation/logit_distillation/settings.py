"""Distillation of next-token distributions: the student learns all that the teacher finds likely."""

from __future__ import annotations

from typing import Literal

import pydantic

from engine.contracts.settings import setting
from engine.methods.base import MethodInfo
from engine.methods.distillation.common.settings import DistillationSettings

DIVERGENCES = {
    "forward_kl": "Forward KL",
    "reverse_kl": "Reverse KL",
    "symmetric_kl": "Symmetric KL",
    "jensen_shannon": "Jensen–Shannon",
    "skewed_forward_kl": "Skewed forward KL",
    "skewed_reverse_kl": "Skewed reverse KL",
    "total_variation": "Total variation",
}
SHARED = ("symmetric_kl", "jensen_shannon", "skewed_forward_kl", "skewed_reverse_kl")


class LogitSettings(DistillationSettings):
    """The divergence, its mixture with the cross-entropy, and the origin of the texts."""

    divergence: Literal[
        "forward_kl",
        "reverse_kl",
        "symmetric_kl",
        "jensen_shannon",
        "skewed_forward_kl",
        "skewed_reverse_kl",
        "total_variation",
    ] = setting(
        "forward_kl",
        title="Divergence",
        help="Forward KL covers everything that the teacher finds likely, and suits a student close to it. Reverse KL "
        "concentrates on the most likely tokens, and needs a student that is already good. Skewed divergences are "
        "more stable for small students.",
        choices=DIVERGENCES,
    )
    skew: float = setting(
        0.1,
        title="Skew",
        help="Symmetric: the share of the reverse KL. Jensen–Shannon: β; 0.5 is symmetric, 0 is forward KL, 1 is "
        "reverse KL. Skewed: α, how much of the other distribution is mixed in; 0 is the plain KL.",
        ge=0,
        le=1,
        step=0.1,
        shown_if=("divergence", SHARED),
        aliases=("share",),
    )
    temperature: float = setting(
        1.0,
        title="Temperature",
        help="Above 1, unlikely tokens count for more. The loss is scaled so that its gradient keeps its size.",
        gt=0,
        le=100,
        step=0.5,
    )
    cross_entropy_weight: float = setting(
        0.0,
        title="Cross-entropy on the text",
        help="Share of the plain next-token loss on the text; the rest is the divergence.",
        ge=0,
        lt=1,
        step=0.1,
        aliases=("labels",),
        share=True,
    )
    on_policy_ratio: float = setting(
        0.0,
        title="On-policy",
        help="Share of the steps whose texts the student generates itself, so that it learns from its own mistakes. "
        "Generating takes several times as long as training.",
        ge=0,
        le=1,
        step=0.1,
        aliases=("on_policy",),
        share=True,
    )
    prompt_length: int = setting(
        16,
        title="Prompt length",
        help="Number of tokens at the start of a sample that the student continues. Records with a prompt use their "
        "prompt.",
        unit="tokens",
        ge=1,
        advanced=True,
        aliases=("prompt",),
    )
    generation_temperature: float = setting(
        1.0,
        title="Generation temperature",
        help="Sampling temperature of the student's generated texts.",
        gt=0,
        le=10,
        step=0.1,
        advanced=True,
        aliases=("writing_temperature",),
    )
    top_k: int = setting(
        0,
        title="Cache the teacher's top k",
        help="Runs the teacher once beforehand and stores its k most likely tokens for each position on disk, with "
        "one number for all others: the student is then trained without the teacher in memory. 64 to 128 lose almost "
        "nothing. 0: the teacher runs during training.",
        unit="tokens",
        ge=0,
        le=65536,
        step=64,
    )

    @pydantic.model_validator(mode="after")
    def _fits(self) -> LogitSettings:
        if self.top_k and self.on_policy_ratio:
            raise ValueError(
                "texts that the student writes can't be kept beforehand: set on_policy_ratio or top_k to 0"
            )
        if self.on_policy_ratio and self.prompt_length >= self.sequence_length:
            raise ValueError(
                f"a prompt of {self.prompt_length} tokens leaves nothing to write of a length of {self.sequence_length}"
            )
        return self

    def summary(self) -> str:
        """For the block on the canvas."""
        words = [DIVERGENCES[self.divergence], self.student_words()]
        words += [
            f"{self.cross_entropy_weight:.0%} labels" if self.cross_entropy_weight else "",
            f"{self.on_policy_ratio:.0%} own" if self.on_policy_ratio else "",
        ]
        return " · ".join(word for word in words if word)


METHOD = MethodInfo(
    id="logit_distillation",
    aliases=("divergence",),
    title="Logit distillation",
    family="distillation",
    summary="Trains the student on its teacher's output distribution, with one of seven divergences.",
    paper="Hinton et al. 2015, arXiv 1503.02531; Agarwal et al. 2023, 2306.13649; Ko et al. 2024, 2402.03898",
    settings=LogitSettings,
    choose_for=(
        ("recovery after any compression", ", forward KL"),
        ("a student much smaller than its teacher", ", reverse or skewed KL; some text written by the student"),
    ),
    algorithm="engine.methods.distillation.logit_distillation.method:LogitDistillation",
    inputs=("model", "teacher"),
    optional=("teacher",),
    needs=frozenset({"data", "teacher", "training"}),
    keywords=("kl", "teacher", "student", "knowledge", "gkd", "minillm", "distillm", "logits", "jsd"),
)
