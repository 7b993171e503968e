"""Settings of the objective that GPTQ rounds for. Torch-free."""

from __future__ import annotations

from typing import Any, Literal

from engine.architecture.anatomy import Anatomy
from engine.contracts.problem import Problem
from engine.contracts.settings import setting

Objective = Literal["output", "kl"]
DAMPING = 0.1
"""Share of the mean diagonal of the Hessian that is added to its diagonal, where nobody chose another."""


def objective_setting(**more: Any) -> Any:
    """The field ``objective``."""
    return setting(
        "output",
        title="Objective",
        help="What the rounding minimizes: the error of each layer's output, or the KL divergence of the whole model "
        "from the original. For the latter, outputs also compensate for each other's errors, weighted by gradients "
        "from a backward pass through the calibration text. That takes about four times as long, and is for decoders "
        "only.",
        choices={"output": "Output of the layer", "kl": "KL divergence of the model"},
        **more,
    )


def shrinkage_setting(**more: Any) -> Any:
    """The field ``output_shrinkage``."""
    return setting(
        0.3,
        title="Least shrinkage of the output Hessian",
        help="At least this share of the correlations between output gradients is ignored. Where parts of the "
        "calibration text disagree about them, as on a short text, more is ignored, layer by layer. At 100 % the "
        "objective is that of the layer's output.",
        ge=0,
        le=1,
        step=0.05,
        share=True,
        advanced=True,
        **more,
    )


def objective_problems(anatomy: Anatomy, objective: Objective) -> list[Problem]:
    """The error of a model without gradients of a next token."""
    if objective == "output" or not anatomy.layers or anatomy.kind == "decoder":
        return []
    message = f"The objective 'kl' needs a model that predicts the next token: this is an {anatomy.kind}"
    return [Problem("error", message.replace("_", "-"), advice="Choose the objective 'output'")]
