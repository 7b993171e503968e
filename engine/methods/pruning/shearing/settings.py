"""Sheared LLaMA: a smaller model of a shape that is given, found by learning which parts to cut."""

from __future__ import annotations

from typing import Literal

import pydantic

from engine.contracts.settings import setting
from engine.methods.base import MethodInfo, Rule
from engine.training.domain_settings import DomainTrainingSettings
from engine.training.settings import TRAINING

SHAPE = "Target shape"
MASKS = "Masks"


class ShearingSettings(DomainTrainingSettings):
    """Which shape, how the masks are learned, on what."""

    target: Literal["numbers", "config", "budget"] = setting(
        "budget",
        title="Target",
        help="The shape that is left: in numbers, that of another model, or one that is proposed for a budget.",
        choices={"numbers": "Numbers", "config": "The shape of a config", "budget": "Proposed for a budget"},
        section=SHAPE,
    )
    config: str = setting(
        "",
        title="Config",
        help="A config.json, or a model or hub id with the wanted shape.",
        kind="model",
        shown_if=("target", ("config",)),
        section=SHAPE,
    )
    layers: int = setting(
        0, title="Layers", help="0: all stay.", ge=0, shown_if=("target", ("numbers",)), section=SHAPE
    )
    hidden: int = setting(
        0, title="Hidden size", help="0: all stays.", ge=0, shown_if=("target", ("numbers",)), section=SHAPE
    )
    heads: int = setting(0, title="Heads", help="0: all stay.", ge=0, shown_if=("target", ("numbers",)), section=SHAPE)
    kv_heads: int = setting(
        0,
        title="Key heads",
        help="Fewer of them: whole groups of heads go. As many as before: each group loses equally many heads. 0: "
        "fewer if the groups stay whole that way, otherwise all stay.",
        ge=0,
        shown_if=("target", ("numbers",)),
        section=SHAPE,
    )
    inner: int = setting(
        0, title="Inner size", help="Of the MLP; 0: all stays.", ge=0, shown_if=("target", ("numbers",)), section=SHAPE
    )
    budget: float = setting(
        50.0, title="Budget", help="What the new model may take.", gt=0, shown_if=("target", ("budget",)), section=SHAPE
    )
    unit: Literal["percent", "parameters", "megabytes", "milliseconds"] = setting(
        "percent",
        title="Of what",
        help="Share of the parameters, parameters in millions, megabytes on disk as the model is stored, or "
        "milliseconds that this machine takes to read one sample, which is measured on random weights.",
        choices={
            "percent": "% of the parameters",
            "parameters": "Million parameters",
            "megabytes": "Megabytes",
            "milliseconds": "Milliseconds a sample",
        },
        shown_if=("target", ("budget",)),
        section=SHAPE,
    )
    prefer: Literal["narrow", "balanced", "shallow"] = setting(
        "balanced",
        title="Rather",
        help="Where the budget is saved. Shallow models are faster, narrow ones often keep more of what was learned.",
        choices={"narrow": "Narrower", "balanced": "Both", "shallow": "Shallower"},
        shown_if=("target", ("budget",)),
        section=SHAPE,
    )
    train_weights: bool = setting(
        True,
        title="Train the weights too",
        help="Weights and masks learn together. With masks alone far less memory is needed.",
        section=MASKS,
    )
    mask_rate: float = setting(
        0.1,
        title="Mask rate",
        help="Learning rate of the masks. Short runs need a high one.",
        gt=0,
        le=100,
        step=0.1,
        section=MASKS,
        advanced=True,
    )
    multiplier_rate: float = setting(
        1.0,
        title="Multiplier rate",
        help="Learning rate of the Lagrange multipliers, which push the masks to the target shape.",
        gt=0,
        le=100,
        step=0.1,
        section=MASKS,
        advanced=True,
    )
    target_warmup: float = setting(
        0.3,
        title="Target warm-up",
        help="Share of the steps in which the target moves from nothing to the whole cut.",
        ge=0,
        le=1,
        step=0.05,
        section=MASKS,
        advanced=True,
    )
    steps: int = setting(
        300, title="Steps", help="Steps of the optimizer.", unit="steps", ge=1, le=10_000_000, section=TRAINING
    )
    learning_rate: float = setting(
        3e-4, title="Learning rate", help="The highest step size of the weights.", gt=0, le=100, section=TRAINING
    )
    final_rate: float = setting(
        0.1,
        title="Final rate",
        help="What is left of the learning rates at the end, as a share of the highest.",
        ge=0,
        le=1,
        step=0.05,
        section=TRAINING,
        advanced=True,
    )

    @pydantic.model_validator(mode="after")
    def _has_a_target(self) -> ShearingSettings:
        if self.target == "config" and not self.config:
            raise ValueError("name the config that has the shape")
        if self.target == "budget" and self.unit == "percent" and self.budget >= 100:
            raise ValueError(f"{self.budget:g} % of the parameters is no cut")
        return self

    def summary(self) -> str:
        """For the block on the canvas."""
        if self.target == "config":
            return f"to the shape of {self.config}"
        if self.target == "budget":
            words = {"percent": "%", "parameters": "M parameters", "megabytes": "MB", "milliseconds": "ms"}
            return f"to {self.budget:g} {words[self.unit]} · {self.prefer}"
        names = {"L": self.layers, "d": self.hidden, "h": self.heads, "i": self.inner}
        return " · ".join(f"{name}{value}" for name, value in names.items() if value)


METHOD = MethodInfo(
    id="shearing",
    title="Sheared LLaMA",
    family="pruning",
    summary="Learns masks over hidden values, heads, inner values and layers together with the weights until exactly "
    "the target shape is left, and cuts the rest out: a smaller model that any program loads.",
    paper="Xia et al. 2023, arXiv 2310.06694",
    settings=ShearingSettings,
    algorithm="engine.methods.pruning.shearing.method:Shearing",
    needs=frozenset({"data", "training", "anatomy"}),
    not_after=(
        Rule(
            families=("quantization", "low_rank"),
            why="Quantized and factorized layers can't be made narrower",
            advice="Shear first",
        ),
    ),
    keywords=("structured", "hard concrete", "lagrangian", "width", "depth", "heads", "smaller"),
)
