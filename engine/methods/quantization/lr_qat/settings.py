"""LR-QAT: quantization-aware training of a low-rank term that merges into the integers."""

from __future__ import annotations

from typing import Literal

from engine.contracts.settings import setting, with_default
from engine.methods.base import MethodInfo, Trait
from engine.methods.quantization.common.rounding_settings import RoundingSettings
from engine.methods.quantization.common.weights import (
    IntegerFormat,
    WeightSettings,
    format_setting,
    granularity_setting,
)
from engine.methods.shared.orders import factors_lost, masks_lost, quantized_already
from engine.training.settings import TRAINING, TrainingSettings

LEARNED = "What is learned"


class LrQatSettings(TrainingSettings, WeightSettings):
    """The integer format, the trained parameters, the text, the schedule."""

    format: IntegerFormat = format_setting()
    granularity: Literal["group", "channel"] = granularity_setting("channel")
    clip: Literal["absmax", "mse"] = setting(
        "mse",
        title="Initial range",
        help="Initial scales: from the largest weight, or from the range with the smallest error. Weights outside the "
        "range hardly learn, so the search matters below 4 bits.",
        choices={"absmax": "Largest weight", "mse": "Search for the smallest error"},
    )
    mse_exponent: float = setting(
        3.0,
        title="Error exponent",
        help="The search minimizes the sum of |error| to this power. The authors recommend 3 to 4.",
        ge=1,
        le=8,
        step=0.5,
        advanced=True,
        shown_if=("clip", ("mse",)),
        aliases=("exponent",),
    )
    trainable: Literal["low_rank", "scales", "weights"] = setting(
        "low_rank",
        title="Train",
        help="A low-rank term inside the rounding and the scales (LR-QAT); the scales only, which already brings much "
        "of the gain; or every weight (full quantization-aware training), which needs several times the memory.",
        choices={"low_rank": "Low-rank term and scales", "scales": "Scales only", "weights": "All weights and scales"},
        section=LEARNED,
        aliases=("learn",),
    )
    rank: int = setting(
        32,
        title="Rank",
        help="Rank of the low-rank term.",
        ge=1,
        le=1024,
        section=LEARNED,
        shown_if=("trainable", ("low_rank",)),
    )
    alpha_over_r: float = setting(
        1.0,
        title="α / r",
        help="Factor of the low-rank term, in steps of the integers. 1 moves weights within tens of steps; the authors "
        "train 10 000 steps with 1 / rank.",
        gt=0,
        le=1000,
        step=0.1,
        section=LEARNED,
        shown_if=("trainable", ("low_rank",)),
        aliases=("ratio",),
    )
    downcast: Literal["fixed8", "integer", "float32", "bfloat16", "float16"] = setting(
        "fixed8",
        title="Frozen weights stored as",
        help="Storage of the frozen weights during training. 8-bit fixed point uses all bits that the integer does "
        "not need for the fraction (Q4.4 for 4 bits, as in the paper). Packed integers take the least memory but lose "
        "how close each weight is to the next level.",
        choices={
            "fixed8": "8-bit fixed point",
            "integer": "Integers, packed",
            "float32": "float32",
            "bfloat16": "bfloat16",
            "float16": "float16",
        },
        section=LEARNED,
        shown_if=("trainable", ("low_rank", "scales")),
        aliases=("base",),
    )
    scale_domain: Literal["log", "linear"] = setting(
        "log",
        title="Scales learned as",
        help="The logarithm of the scales, so that a step changes every scale by the same share, or the scales "
        "themselves.",
        choices={"log": "Logarithm", "linear": "As they are"},
        section=LEARNED,
    )
    scale_lr: float = setting(
        2e-3,
        title="Learning rate of scales",
        help="2e-3 for logarithms in short runs; the authors take 1e-5 for plain scales and 10 000 steps.",
        ge=0,
        le=10,
        section=LEARNED,
        aliases=("scale_rate",),
    )
    loss: Literal["kl", "cross_entropy"] = setting(
        "kl",
        title="Loss",
        help="The divergence from the teacher's predictions, which is better for short runs, or the next token of the "
        "text, as in the paper.",
        choices={"kl": "Divergence from the teacher", "cross_entropy": "Next token of the text"},
        section=TRAINING,
        value_aliases={"labels": "cross_entropy"},
    )
    steps: int = with_default(
        TrainingSettings,
        "steps",
        100,
        help="Steps of the optimizer. Most is gained in the first 20; the authors take 10 000.",
    )
    batch_size: int = with_default(
        TrainingSettings, "batch_size", 2, help="Samples of one step, over all devices. The authors take 32."
    )
    learning_rate: float = with_default(
        TrainingSettings,
        "learning_rate",
        5e-3,
        help="Of the low-rank term, in steps of the integers: 5e-3 for short runs, 1e-3 in the paper.",
        shown_if=("trainable", ("low_rank",)),
    )
    weight_lr: float = setting(
        1e-4,
        title="Learning rate of weights",
        help="Learning rate of the weights when all of them are trained.",
        gt=0,
        le=100,
        section=TRAINING,
        shown_if=("trainable", ("weights",)),
        aliases=("weight_rate",),
    )
    keep_quantized_weights: bool = setting(
        False,
        title="Keep quantized weights",
        help="Stores every rounded weight from the forward to the backward pass instead of computing it twice: a "
        "little faster, but takes as much additional memory as the weights in float32.",
        section=TRAINING,
        advanced=True,
        shown_if=("trainable", ("low_rank", "scales")),
        aliases=("keep_weights",),
    )
    activations: Literal["none", "int8", "int4"] = setting(
        "none",
        title="Activations",
        help="Round the inputs of the layers too while training and after, with a scale for every token.",
        choices={"none": "As they are", "int8": "8 bit integer per token", "int4": "4 bit integer per token"},
    )
    activation_symmetric: bool = setting(
        False,
        title="Symmetric activations",
        help="Runtimes for 8-bit weights and activations expect it; asymmetric ones, the authors' choice, lose less.",
        shown_if=("activations", ("int8", "int4")),
    )
    kv_bits: int = setting(
        16,
        title="Key/value cache",
        help="Bits of keys and values, with a scale for every token of every head; trained with, and after. Only this "
        "program runs such a model. 16: not rounded.",
        unit="bits",
        ge=2,
        le=16,
    )
    scale_dtype: Literal["float16", "bfloat16", "float32"] = setting(
        "float16",
        title="Scale dtype",
        help="Data type of the scales. They are rounded to it during training too.",
        advanced=True,
    )

    def nearest(self) -> RoundingSettings:
        """The same format by rounding to nearest: where the training starts, and what it takes on disk."""
        return RoundingSettings.of(
            self,
            clip=self.clip,
            mse_exponent=self.mse_exponent,
            mse_steps=100,
            activations=self.activations,
            activation_symmetric=self.activation_symmetric,
            scale_dtype=self.scale_dtype,
        )

    def summary(self) -> str:
        """For the block on the canvas, what matters most at first: a narrow card shows the beginning."""
        learned = {"low_rank": f"rank {self.rank}", "scales": "scales only", "weights": "full QAT"}[self.trainable]
        cache = [f"KV{self.kv_bits}"] if self.kv_bits < 16 else []
        rounding = self.nearest().summary().removeprefix(self.format)
        return " · ".join([self.format, *cache, learned, f"{self.steps} steps"]) + rounding


def _traits(settings: LrQatSettings) -> frozenset[Trait]:
    return frozenset({"quantized", "online"}) if settings.kv_bits < 16 else frozenset({"quantized"})


METHOD = MethodInfo(
    id="lr_qat",
    title="LR-QAT",
    family="quantization",
    summary="Low-rank quantization-aware training: learns scales and a low-rank term inside the rounding, which then "
    "merges into plain integers.",
    paper="Bondarenko et al. 2024, arXiv 2406.06385",
    settings=LrQatSettings,
    choose_for=(("3 or 2 bits, or 4 bits without a loss", ": trains scales and a low-rank term inside the rounding"),),
    algorithm="engine.methods.quantization.lr_qat.method:LrQat",
    inputs=("model", "teacher"),
    optional=("teacher",),
    needs=frozenset({"data", "training", "anatomy"}),
    traits=_traits,
    not_after=(
        quantized_already(),
        masks_lost(
            "All integers are trained: weights that were pruned away come back",
            "Train the scales only, or quantize with GPTQ",
        ),
        factors_lost(),
    ),
    keywords=("qat", "quantization-aware training", "int4", "int3", "int2", "low rank", "learned scales", "lsq"),
)
