"""Claims of section 4, knowledge distillation."""

from __future__ import annotations

from typing import Any

from engine.contracts.claims import Arm, Claim, Comparison, Step

TRAINING: dict[str, Any] = {
    "student": "layers",
    "num_hidden_layers": 2,
    "steps": 20,
    "sequence_length": 128,
    "batch_size": 8,
    "micro_batch_size": 8,
    "learning_rate": 1e-3,
    "eval_samples": 0,
}
"""The student has 2 of the 4 layers of the sample, and of any other model; 1,024 tokens a step."""
DIVERGENCES = {
    "forward_kl": "forward KL",
    "reverse_kl": "reverse KL",
    "symmetric_kl": "symmetric KL",
    "jensen_shannon": "Jensen-Shannon",
    "skewed_forward_kl": "skewed forward KL",
    "skewed_reverse_kl": "skewed reverse KL",
    "total_variation": "total variation",
}


def _arm(name: str, method: str, **settings: Any) -> Arm:
    return Arm(name, (Step(method, {**TRAINING, **settings}),))


LABELS = _arm("labels", "sequence_level_distillation", text_source="file")
WRITTEN = _arm("teacher's texts", "sequence_level_distillation", num_samples=160)
FORWARD = _arm("forward KL", "logit_distillation", divergence="forward_kl")
ON_POLICY = _arm("on-policy, half", "logit_distillation", divergence="forward_kl", on_policy_ratio=0.5)

DISTILLATION: tuple[Claim, ...] = (
    Claim(
        id="soft-labels",
        section="4.2 Divergence",
        sentence="Each of the seven divergences teaches a student more than labels do (divergence from the teacher).",
        measure="kl_divergence",
        models="sample",
        arms=(
            *(_arm(title, "logit_distillation", divergence=name) for name, title in DIVERGENCES.items()),
            LABELS,
        ),
        comparisons=tuple(Comparison(title, "labels", at_most=1.0) for title in DIVERGENCES.values()),
    ),
    Claim(
        id="sequence-level",
        section="4.1 Supervised Fine-Tuning",
        sentence="A student of texts that its teacher wrote comes nearer to the teacher than one of labels.",
        measure="kl_divergence",
        models="sample",
        arms=(WRITTEN, LABELS),
        comparisons=(Comparison("teacher's texts", "labels", at_most=1.0),),
        missing="A teacher that knows more than the text. The sample was trained on this very text, so that its own "
        "writing is a blurred copy of the labels; a larger teacher, and more texts than the corpus has, would tell.",
    ),
    Claim(
        id="black-box",
        section="4.1 Supervised Fine-Tuning",
        sentence="Soft labels teach more than texts alone: a teacher whose probabilities are known beats a black box.",
        measure="kl_divergence",
        models="sample",
        arms=(FORWARD, WRITTEN),
        comparisons=(Comparison("forward KL", "teacher's texts", at_most=1.0),),
    ),
    Claim(
        id="similarity",
        section="4.3 Similarity",
        sentence="Hidden states that are alike make a better student than labels alone.",
        measure="kl_divergence",
        models="sample",
        arms=(
            _arm("labels and cosine", "hidden_state_distillation", hidden_loss="cosine"),
            _arm("labels and L2", "hidden_state_distillation", hidden_loss="l2"),
            _arm("labels and L1", "hidden_state_distillation", hidden_loss="l1"),
            LABELS,
        ),
        comparisons=tuple(Comparison(f"labels and {loss}", "labels", at_most=1.0) for loss in ("cosine", "L2", "L1")),
    ),
    Claim(
        id="on-policy",
        section="4.2 Divergence",
        sentence="A student that generates half of its training samples does as well as with text alone (within 5 %).",
        measure="kl_divergence",
        models="sample",
        arms=(ON_POLICY, FORWARD),
        comparisons=(Comparison("on-policy, half", "forward KL", at_most=1.05),),
        missing="A student that writes: within 20 steps its own samples are poor text, and half of the training is "
        "spent on them. The papers start from students that were trained on text before.",
    ),
)
