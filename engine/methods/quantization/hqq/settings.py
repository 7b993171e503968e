"""HQQ: integers whose zero points are optimized for a norm that forgives outliers. No data is needed."""

from __future__ import annotations

from typing import ClassVar, Literal

from engine.contracts.settings import setting
from engine.methods.base import MethodInfo
from engine.methods.quantization.common.rounding_settings import RoundingSettings
from engine.methods.quantization.common.weights import INTEGERS
from engine.methods.shared.layers import LayerSettings
from engine.methods.shared.orders import masks_lost, quantized_already


class HqqSettings(LayerSettings):
    """Bits and groups, the norm, and how the optimization runs."""

    PRESETS: ClassVar = {"As published": {"format": "int4", "group_size": 64, "lp_norm": 0.7, "iterations": 20}}
    """Badri and Shaji 2023, their default settings."""

    format: Literal["int8", "int7", "int6", "int5", "int4", "int3", "int2"] = setting(
        "int4",
        title="Format",
        help="Integers with a scale and a minimum for each group.",
        choices={name: f"{name[3:]} bit integer" for name in INTEGERS},
    )
    group_size: int = setting(
        64,
        title="Group size",
        help="Weights of one row that share a scale and a minimum. It has to divide the inputs of every layer.",
        unit="weights",
        ge=2,
        le=65536,
        step=32,
    )
    lp_norm: float = setting(
        0.7,
        title="Norm",
        help="The optimization minimizes the sum of |error| to this power. Below 1 it forgives a few large errors for "
        "many small ones.",
        gt=0,
        le=1,
        step=0.05,
    )
    iterations: int = setting(
        20,
        title="Iterations",
        help="Steps of the optimization. Each group keeps the best of them.",
        ge=1,
        le=500,
        advanced=True,
    )
    beta: float = setting(
        10.0,
        title="Beta",
        help="Weight of the quadratic term in the first step. Larger values leave fewer errors out as outliers.",
        gt=0,
        advanced=True,
    )
    kappa: float = setting(
        1.01,
        title="Kappa",
        help="Factor of beta after each step.",
        ge=1,
        le=10,
        step=0.01,
        advanced=True,
    )

    def nearest(self) -> RoundingSettings:
        """The same format by rounding to nearest: which layers, what fits, what it takes on disk is the same."""
        shared = {name: getattr(self, name) for name in (*LayerSettings.model_fields, "format", "group_size")}
        return RoundingSettings(**shared, symmetric=False, zero_point="float")

    def summary(self) -> str:
        """For the block on the canvas, e.g. "int4 · g64"."""
        return f"{self.format} · g{self.group_size}"


METHOD = MethodInfo(
    id="hqq",
    title="HQQ",
    family="quantization",
    summary="Half-quadratic quantization: integers whose zero points are optimized under a norm that is robust to "
    "outliers. Takes seconds and needs no data.",
    paper="Badri and Shaji 2023, https://mobiusml.github.io/hqq_blog/",
    settings=HqqSettings,
    choose_for=(
        ("HQQ as published, to compare with", ": rounding with a search for the smallest error often loses less"),
    ),
    algorithm="engine.methods.quantization.hqq.method:Hqq",
    traits=frozenset({"quantized"}),
    not_after=(
        quantized_already(),
        masks_lost("Weights that were pruned become nonzero: a group's minimum is not zero", "Round symmetrically"),
    ),
    keywords=("half-quadratic", "data-free", "int4", "int3", "int2", "zero point", "quantize", "ptq"),
)
