"""GPTQ: rounding column by column, where the columns to come make up for the error."""

from __future__ import annotations

from typing import ClassVar, Literal

from engine.calibration.settings import CalibrationSettings
from engine.contracts.settings import setting
from engine.methods.base import MethodInfo
from engine.methods.quantization.common.asymmetric_settings import alpha_setting
from engine.methods.quantization.common.objective_settings import (
    DAMPING,
    Objective,
    objective_setting,
    shrinkage_setting,
)
from engine.methods.quantization.common.rounding_settings import EndSettings, RoundingSettings
from engine.methods.quantization.common.weights import (
    RANGED,
    ColumnWiseFormat,
    MixedSettings,
    format_setting,
    granularity_setting,
)
from engine.methods.shared.orders import quantized_already


class GptqSettings(CalibrationSettings, EndSettings, MixedSettings):
    """The format, the choice of ranges, the calibration text, the ends that are rounded to nearest."""

    PRESETS: ClassVar = {
        "As published": {
            "symmetric": False,
            "granularity": "channel",
            "clip": "absmax",
            "act_order": False,
            "damping": 0.01,
            "gptaq_alpha": 0.0,
            "num_samples": 128,
            "sequence_length": 2048,
        }
    }
    """Frantar et al. 2022, sections 3.3 and 4: 128 segments of 2048 tokens, a min-max grid for each row, columns in
    their order, damping of 1 %."""

    format: ColumnWiseFormat = format_setting()
    granularity: Literal["group", "channel"] = granularity_setting()
    clip: Literal["absmax", "four_over_six", "mse"] = setting(
        "mse",
        title="Clipping",
        help="The largest weight, or the range with the smallest error, weighted by the energy of the inputs, which is "
        "better below 8 bits.",
        choices={
            "absmax": "Largest weight",
            "four_over_six": "Largest weight is 6 or 4 (4-bit floats)",
            "mse": "Search for the smallest error",
        },
        shown_if=("format", RANGED),
    )
    objective: Objective = objective_setting()
    output_shrinkage: float = shrinkage_setting(shown_if=("objective", ("kl",)))
    gptaq_alpha: float = alpha_setting()
    act_order: bool = setting(
        True,
        title="Activation order (act-order)",
        help="Rounds high-energy inputs first, while many others can still compensate for their error. Groups stay "
        "where they are.",
        aliases=("order",),
        shown_if=("format", RANGED),
    )
    damping: float = setting(
        DAMPING,
        title="Damping",
        help="Added to the Hessian's diagonal, as a multiple of its mean. More damping relies less on correlations "
        "that only the calibration text may have. It is raised automatically where the Hessian can't be factorized.",
        gt=0,
        le=1,
        step=0.005,
        advanced=True,
    )

    def nearest(self) -> RoundingSettings:
        """The same format by rounding to nearest: which layers, what fits, what it takes on disk is the same."""
        tables = {"quantize_embeddings": self.quantize_embeddings, "quantize_head": self.quantize_head}
        return RoundingSettings.of(self, clip=self.clip, mse_steps=20, **tables)

    def summary(self) -> str:
        """For the block on the canvas."""
        return self.nearest().summary()


METHOD = MethodInfo(
    id="gptq",
    title="GPTQ",
    family="quantization",
    summary="Rounds weights column by column; the remaining columns compensate for the error of each one. Layer by "
    "layer, calibrated on a text.",
    paper="Frantar et al. 2022, arXiv 2210.17323",
    settings=GptqSettings,
    choose_for=(("the best 4 or 3 bits without training", ", calibrated on a text like those the model will read"),),
    algorithm="engine.methods.quantization.gptq.method:Gptq",
    needs=frozenset({"data", "anatomy"}),
    traits=frozenset({"quantized"}),
    not_after=(quantized_already(),),
    keywords=("int4", "calibration", "hessian", "post-training", "ptq", "quantize"),
)
