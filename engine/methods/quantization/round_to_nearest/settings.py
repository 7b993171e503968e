"""Number formats: every weight is rounded to the nearest value that its new format has."""

from __future__ import annotations

from typing import Literal

from engine.calibration.settings import CalibrationSettings
from engine.contracts.settings import with_default
from engine.methods.base import MethodInfo, Trait
from engine.methods.quantization.common.rounding_settings import FIXED, RoundingSettings
from engine.methods.quantization.common.weights import CASTS, SCALED
from engine.methods.shared.orders import quantized_already

_CALIBRATED = ("clip", ("imatrix_mse",))


class RoundToNearestSettings(RoundingSettings, CalibrationSettings):
    """The format, the granularity and choice of scales, ignored layers. A text is read for
    `imatrix_mse`, and for inputs with a scale that is fixed beforehand."""

    text: str = with_default(CalibrationSettings, "text", "pipeline", shown_if=_CALIBRATED)
    num_samples: int = with_default(CalibrationSettings, "num_samples", 32, shown_if=_CALIBRATED)
    sequence_length: int = with_default(CalibrationSettings, "sequence_length", 512, shown_if=_CALIBRATED)
    compute_dtype: Literal["auto", "float32", "bfloat16"] = with_default(
        CalibrationSettings, "compute_dtype", "auto", shown_if=_CALIBRATED
    )

    @property
    def calibrated(self) -> bool:
        """True if a text is read."""
        return not set(SCALED).isdisjoint(self.formats) and (self.clip == "imatrix_mse" or self.activations in FIXED)


def _traits(settings: RoundToNearestSettings) -> frozenset[Trait]:
    return frozenset() if set(settings.formats) <= set(CASTS) else frozenset({"quantized"})


METHOD = MethodInfo(
    id="round_to_nearest",
    title="Round to nearest",
    family="quantization",
    summary="Number formats: rounds each weight to the nearest value of a shorter format, from 16 bits down to 1. "
    "Takes seconds and needs no data; with an importance matrix of a text it loses much less at 4 bits and below.",
    settings=RoundToNearestSettings,
    choose_for=(("a result in seconds, 8 or 4 bits", "; no data needed"),),
    algorithm="engine.methods.quantization.round_to_nearest.method:RoundToNearest",
    traits=_traits,
    not_after=(
        quantized_already(advice="Start from the original weights, or ignore the layers that are quantized already"),
    ),
    keywords=(
        "rtn",
        "imatrix",
        "number formats",
        "int8",
        "int4",
        "nf4",
        "fp8",
        "fp4",
        "nvfp4",
        "mxfp4",
        "float8",
        "bits",
        "quantize",
        "w8a8",
    ),
    supporting=True,
)
