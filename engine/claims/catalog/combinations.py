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


HEALED = Step("logit_distillation", HEALING)
ROUNDED = Step("gptq", {**CALIBRATION, "format": "int4", "granularity": "channel"})
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
        sentence="Order matters: narrow, teach, then round to 4 bits loses less than narrow, round, then teach.",
        measure="kl_divergence",
        arms=(
            Arm("narrow, teach, round", (NARROW, HEALED, ROUNDED)),
            Arm("narrow, round, teach", (NARROW, ROUNDED, HEALED)),
            Arm("narrow, round", (NARROW, ROUNDED)),
        ),
        comparisons=(
            Comparison("narrow, teach, round", "narrow, round, teach", at_most=1.0),
            Comparison("narrow, round, teach", "narrow, round", at_most=1.0),
        ),
    ),
)
