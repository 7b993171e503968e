"""AWQ: scales that spare the weights which meet large activations, then rounding with a search for ranges."""

from __future__ import annotations

from typing import ClassVar

from engine.calibration.settings import CalibrationSettings
from engine.contracts.settings import setting
from engine.methods.base import MethodInfo
from engine.methods.quantization.common.rounding_settings import RoundingSettings
from engine.methods.quantization.common.weights import MixedSettings, ScaledFormat, format_setting, symmetric_setting
from engine.methods.shared.orders import quantized_already


class AwqSettings(CalibrationSettings, MixedSettings):
    """The format, the search for scales and ranges, the calibration text."""

    PRESETS: ClassVar = {
        "As published": {"format": "int4", "group_size": 128, "block_loss": True},
    }
    """Lin et al. 2023, section 5: asymmetric 4-bit integers in groups of 128."""

    format: ScaledFormat = format_setting()
    symmetric: bool = symmetric_setting(False)
    duo_scaling: bool = setting(
        False,
        title="Duo scaling",
        help="Also divides the scales by the magnitude of the weights, as AutoAWQ does; the paper uses the magnitude "
        "of the inputs alone.",
    )
    apply_clip: bool = setting(
        True,
        title="Search ranges",
        help="Chooses the range of each group that changes the layer's output least; for queries and keys, which are "
        "multiplied with each other, and for GGUF blocks, by the energy of the inputs alone.",
    )
    block_loss: bool = setting(
        False,
        title="Scales with ranges",
        help="Chooses the scales together with the ranges, by the output of the whole decoder layer. Otherwise each "
        "linear layer is judged alone, with full ranges. Takes two to three times as long.",
        advanced=True,
    )
    n_grid: int = setting(
        20,
        title="Ratios tried",
        help="Exponents between 0, no scales, and 1, scales as large as the inputs. Time grows with it.",
        ge=2,
        le=200,
        advanced=True,
    )

    def nearest(self) -> RoundingSettings:
        """The same format by rounding to nearest: which layers, what fits, what it takes on disk is the same."""
        return RoundingSettings.of(self, clip="absmax")

    def summary(self) -> str:
        """For the block on the canvas."""
        return self.nearest().summary()


METHOD = MethodInfo(
    id="awq",
    title="AWQ",
    family="quantization",
    summary="Before rounding, scales up the weights that are multiplied with large activations. Norms and "
    "neighboring layers absorb the inverse scales. Calibrated on a text.",
    paper="Lin et al. 2023, arXiv 2306.00978",
    settings=AwqSettings,
    choose_for=(("4 or 3 bits in a plain file, whatever reads it", ": quick to calibrate, on little text"),),
    algorithm="engine.methods.quantization.awq.method:Awq",
    needs=frozenset({"data", "anatomy"}),
    traits=frozenset({"quantized"}),
    not_after=(quantized_already(),),
    keywords=("activation-aware", "int4", "int3", "scales", "calibration", "post-training", "ptq", "quantize"),
)
