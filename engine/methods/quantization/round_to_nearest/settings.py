"""Number formats: every weight is rounded to the nearest value that its new format has."""

from __future__ import annotations

from engine.methods.base import MethodInfo, Trait
from engine.methods.shared.orders import quantized_already
from engine.methods.shared.rounding_settings import RoundingSettings
from engine.methods.shared.weights import CASTS


class RoundToNearestSettings(RoundingSettings):
    """Which format, how many weights share a scale, how the scale is chosen, what is left alone."""


def _leaves(settings: RoundToNearestSettings) -> frozenset[Trait]:
    return frozenset() if settings.format in CASTS else frozenset({"quantized"})


METHOD = MethodInfo(
    id="round_to_nearest",
    title="Round to nearest",
    family="quantization",
    summary="Number formats: every weight becomes the nearest value of a shorter format, from 16 bits down to 1. "
    "Needs no data and takes seconds.",
    settings=RoundToNearestSettings,
    choose_for=(("a result in seconds, 8 or 4 bits", "; no data needed"),),
    algorithm="engine.methods.quantization.round_to_nearest.method:RoundToNearest",
    leaves=_leaves,
    not_after=(
        quantized_already(advice="Start from the original weights, or ignore the layers that are quantized already"),
    ),
    keywords=("rtn", "number formats", "int8", "int4", "nf4", "fp8", "fp4", "float8", "bits", "quantize", "w8a8"),
    supporting=True,
)
