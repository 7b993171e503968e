"""Claims of the survey's conclusions: methods of different kinds, one after the other."""

from __future__ import annotations

from typing import Any

from engine.contracts.claims import Arm, Claim, Comparison, Step

SECTION = "6 Conclusions"
CALIBRATION = {"num_samples": 32, "sequence_length": 256}
HEALING: dict[str, Any] = {
    "sequence_length": 128,
    "batch_size": 8,
    "micro_batch_size": 8,
    "eval_samples": 0,
    "steps": 40,
    "learning_rate": 5e-4,
}


def _pruned(sparsity: float) -> Step:
    return Step("one_shot_pruning", {**CALIBRATION, "score": "sparsegpt", "sparsity": sparsity})


def _rounded(format: str) -> Step:
    return Step("gptq", {**CALIBRATION, "format": format, "group_size": 64})


HEALED = Step("logit_distillation", HEALING)
NARROW = Step("width_pruning", {**CALIBRATION, "budget": 60})

COMBINATIONS: tuple[Claim, ...] = (
    Claim(
        id="prune-heal",
        section=SECTION,
        sentence="Pruning and distillation belong together: taught by its original, a pruned model loses half as much.",
        measure="kl_divergence",
        arms=(Arm("pruned, distilled", (_pruned(0.7), HEALED)), Arm("pruned", (_pruned(0.7),))),
        comparisons=(Comparison("pruned, distilled", "pruned", at_most=0.5),),
    ),
    Claim(
        id="order-of-healing",
        section=SECTION,
        sentence="Order matters: narrow, teach, then round to 4 bits loses less than narrow, round, with no teaching.",
        measure="kl_divergence",
        arms=(
            Arm("narrow, teach, round", (NARROW, HEALED, _rounded("int4"))),
            Arm("narrow, round", (NARROW, _rounded("int4"))),
        ),
        comparisons=(Comparison("narrow, teach, round", "narrow, round", at_most=1.0),),
    ),
)
