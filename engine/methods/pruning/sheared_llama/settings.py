"""Sheared LLaMA: a smaller model of a shape that is given, found by learning which parts to cut."""

from __future__ import annotations

from typing import Literal

from engine.contracts.settings import setting, with_default
from engine.methods.base import MethodInfo
from engine.methods.pruning.common.shape_settings import ShapeSettings
from engine.methods.shared.orders import needs_dense
from engine.training.domain_settings import DomainTrainingSettings
from engine.training.settings import TrainingSettings

MASKS = "Masks"
LONG = 3200
"""Steps of the published recipe, in which masks and weights learn together."""
MASK_SHARE = 0.1
"""Of all steps, in which masks learn first."""


class ShearedLlamaSettings(DomainTrainingSettings, ShapeSettings):
    """The target shape, the training of the masks, the text."""

    train_weights: bool = setting(
        True,
        title="Train the weights too",
        help="Trains the weights together with the masks. Training masks alone needs far less memory.",
        section=MASKS,
    )
    mask_schedule: Literal["auto", "masks_first", "together"] = setting(
        "auto",
        title="Order of learning",
        help="Masks first: for a tenth of the steps masks alone, then the smaller model is cut out and its weights "
        "learn for the rest, from further samples. Together, as published: weights learn under masks that are drawn "
        f"anew in each step. Automatic: masks first in runs of less than {LONG} steps.",
        choices={"auto": "Automatic", "masks_first": "Masks first", "together": "Together"},
        shown_if=("train_weights", (True,)),
        section=MASKS,
    )
    mask_init: Literal["importance", "equal"] = setting(
        "importance",
        title="Mask initialization",
        help="All start open. By importance: the more the loss depends on a part, the later its mask closes, unless "
        "learning changes that; short runs need it. Alike: as published.",
        choices={"importance": "By importance", "equal": "Alike"},
        section=MASKS,
        advanced=True,
        aliases=("start",),
    )
    mask_lr: float = setting(
        1.0,
        title="Learning rate of masks",
        help="Learning rate of the masks.",
        gt=0,
        le=100,
        step=0.1,
        section=MASKS,
        advanced=True,
        aliases=("mask_rate",),
    )
    lagrangian_lr: float = setting(
        0.1,
        title="Learning rate of Lagrange multipliers",
        help="Learning rate of the Lagrange multipliers, which push the masks to the target shape. The paper uses 1 "
        "with a penalty of 0; in runs of a few hundred steps the masks then overshoot the target.",
        gt=0,
        le=100,
        step=0.1,
        section=MASKS,
        advanced=True,
        aliases=("multiplier_rate",),
    )
    lambda_2_init: float = setting(
        50.0,
        title="Initial λ₂ (penalty)",
        help="Initial multiplier of the squared distance from the target. The paper uses 0, which takes a few "
        "thousand steps.",
        ge=0,
        le=1e6,
        step=10,
        section=MASKS,
        advanced=True,
        aliases=("penalty",),
    )
    lagrangian_warmup_ratio: float = setting(
        0.3,
        title="Warm-up of the target",
        help="Share of the steps in which the target moves from no pruning to the full target.",
        ge=0,
        le=1,
        step=0.05,
        section=MASKS,
        advanced=True,
        aliases=("target_warmup",),
        share=True,
    )
    steps: int = with_default(TrainingSettings, "steps", 300)
    learning_rate: float = with_default(
        TrainingSettings, "learning_rate", 3e-4, help="The highest step size of the weights."
    )
    min_lr_ratio: float = with_default(
        TrainingSettings,
        "min_lr_ratio",
        0.1,
        help="Final learning rates, as a share of the highest.",
    )

    def mask_steps(self) -> int:
        """Steps in which masks learn before anything else does; 0 if weights learn with them, or not at all."""
        short = self.mask_schedule == "auto" and self.steps < LONG
        first = self.train_weights and self.steps > 1 and (short or self.mask_schedule == "masks_first")
        return max(1, int(MASK_SHARE * self.steps)) if first else 0

    def summary(self) -> str:
        """For the block on the canvas."""
        return self.shape_words()


METHOD = MethodInfo(
    id="sheared_llama",
    aliases=("shearing",),
    title="Sheared LLaMA",
    family="pruning",
    summary="Learns masks over hidden dimensions, heads, intermediate dimensions and layers together with the "
    "weights until exactly the target shape remains, and removes the rest: a smaller model that any program loads.",
    paper="Xia et al. 2023, arXiv 2310.06694",
    settings=ShearedLlamaSettings,
    choose_for=(("really smaller tensors, trained to be good", ": learns which heads, channels and layers to cut"),),
    algorithm="engine.methods.pruning.sheared_llama.method:ShearedLlama",
    needs=frozenset({"data", "training", "anatomy"}),
    not_after=needs_dense("Shear first"),
    keywords=("structured", "hard concrete", "lagrangian", "width", "depth", "heads", "smaller"),
)
