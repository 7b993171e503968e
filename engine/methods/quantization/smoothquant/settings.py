"""SmoothQuant: 8-bit weights and activations, with the outliers of activations moved into the weights."""

from __future__ import annotations

from typing import ClassVar, Literal

from engine.calibration.settings import CalibrationSettings
from engine.contracts.settings import setting
from engine.methods.base import MethodInfo
from engine.methods.quantization.common.rounding_settings import RoundingSettings
from engine.methods.quantization.common.weights import Granularity, WeightSettings, granularity_setting
from engine.methods.shared.orders import masks_lost, quantized_already


class SmoothQuantSettings(CalibrationSettings, WeightSettings):
    """Migration strength, formats of weights and activations, calibration text."""

    PRESETS: ClassVar = {"As published": {"smoothing_strength": 0.5, "smooth": "norms"}}
    """Xiao et al. 2022, section 4: after norms alone, α = 0.5."""

    format: Literal["int8", "int7", "int6", "int5", "int4"] = setting(
        "int8",
        title="Format",
        help="Integers of the weights.",
        choices={f"int{bits}": f"{bits} bit integer" for bits in (8, 7, 6, 5, 4)},
    )
    granularity: Granularity = granularity_setting("channel")
    activations: Literal["int8", "int4", "float8_e4m3", "none"] = setting(
        "int8",
        title="Activations",
        help="Round the inputs of the layers too, with a scale for each token that is computed at run time.",
        choices={
            "int8": "8 bit integer per token",
            "int4": "4 bit integer per token",
            "float8_e4m3": "8 bit float per token",
            "none": "As they are",
        },
    )
    smoothing_strength: float = setting(
        0.5,
        title="Migration strength",
        help="α in the paper: at 0 weights keep their range, at 1 activations are flat. 0.5 suits most models; models "
        "with larger outliers need 0.75 to 0.9.",
        ge=0,
        le=1,
        step=0.05,
        aliases=("alpha",),
    )
    smooth: Literal["norms", "all"] = setting(
        "norms",
        title="Smooth",
        help="The inputs that come from norms, as published; or also those that come from other layers, such as the "
        "inputs of the output and down projections.",
        choices={"norms": "Inputs behind norms", "all": "All inputs that can be scaled"},
    )

    def nearest(self) -> RoundingSettings:
        """The same formats by rounding to nearest: which layers, what fits, what it takes on disk is the same."""
        return RoundingSettings.of(self, activations=self.activations)

    def summary(self) -> str:
        """For the block on the canvas, e.g. "W8A8 · α 0.5"."""
        activations = {"int8": "A8", "int4": "A4", "float8_e4m3": "A8", "none": "A16"}[self.activations]
        return f"W{self.format[3:]}{activations} · α {self.smoothing_strength:g}"


METHOD = MethodInfo(
    id="smoothquant",
    title="SmoothQuant",
    family="quantization",
    summary="8-bit weights and activations. First moves the outliers of activations into the weights; norms and "
    "neighboring layers absorb the inverse scales. Calibrated on a text.",
    paper="Xiao et al. 2022, arXiv 2211.10438",
    settings=SmoothQuantSettings,
    choose_for=(("8-bit weights and activations (W8A8)", ": runs on integer units of servers"),),
    algorithm="engine.methods.quantization.smoothquant.method:SmoothQuant",
    needs=frozenset({"data", "anatomy"}),
    traits=frozenset({"quantized"}),
    not_after=(quantized_already(), masks_lost("Weights that were pruned may be rounded away from zero", "Prune last")),
    keywords=("w8a8", "int8", "activations", "outliers", "migration", "smooth", "calibration", "ptq", "quantize"),
)
