"""Everything that rounding a weight to a format takes: the settings of round to nearest, and what methods that choose
the integers another way share with it. Torch-free."""

from __future__ import annotations

from typing import Any, Literal, Self

from engine.architecture.anatomy import Linear
from engine.contracts.settings import setting
from engine.methods.quantization.common.weights import (
    CASTS,
    FOUR_BIT_FLOATS,
    FREELY_SCALED,
    GGML,
    INTEGERS,
    RANGED,
    MixedSettings,
    WeightSettings,
    ZeroPointSettings,
)
from engine.methods.shared.layers import LAYERS, LayerSettings

FIXED = ("float8_static", "nvfp4")
"""Activations one of whose scales is fixed on a text."""


class EndSettings(LayerSettings):
    """Quantization of the embedding and the head."""

    quantize_embeddings: bool = setting(
        False,
        title="Quantize embeddings",
        help="Quantize the token embedding. It is a large part of small models.",
        section=LAYERS,
        aliases=("embeddings",),
    )
    quantize_head: bool = setting(
        False,
        title="Quantize head",
        help="Quantize the output layer. Tied to the embedding, both share one copy if both are quantized.",
        section=LAYERS,
        aliases=("head",),
    )


class RoundingSettings(EndSettings, MixedSettings):
    """The format, the granularity and choice of scales, ignored layers."""

    clip: Literal["absmax", "absmax_narrow", "four_over_six", "percentile", "mse", "imatrix_mse"] = setting(
        "absmax",
        title="Clipping",
        help="The largest weight, a percentile of the weights, or the range with the smallest error, which is slower "
        "and much better below 4 bits. Symmetric integers reach one step further on the side of the largest weight; in "
        "a narrow range, as published for absmax, they reach as far on both sides, ±127 for 8 bits. With an importance "
        "matrix the error is that of what the layers give on a text: the best of them. 4-bit floats can choose for "
        "each group whether its largest weight becomes 6 or 4. Blocks of GGUF are always searched for the smallest "
        "error, with an importance matrix or without.",
        choices={
            "absmax": "Largest weight",
            "absmax_narrow": "Largest weight, narrow range (±127)",
            "four_over_six": "Largest weight is 6 or 4 (4-bit floats)",
            "percentile": "Percentile",
            "mse": "Search for the smallest error",
            "imatrix_mse": "Search with an importance matrix (input energy)",
        },
        value_aliases={"imatrix": "imatrix_mse"},
        shown_if=("format", (*RANGED, *GGML)),
    )
    percentile: float = setting(
        99.9,
        title="Percentile",
        help="Share of a group's weights within the range; the others are clipped.",
        unit="%",
        ge=50,
        le=100,
        step=0.1,
        shown_if=("clip", ("percentile",)),
    )
    mse_exponent: float = setting(
        2.4,
        title="Error exponent",
        help="The search minimizes the sum of |error| to this power: 2 is the squared error, more spares the large "
        "weights.",
        ge=1,
        le=8,
        step=0.1,
        advanced=True,
        shown_if=("clip", ("mse",)),
    )
    mse_steps: int = setting(
        40,
        title="Search steps",
        help="Number of ranges to try, from the full range down to a fifth of it. Time grows with it.",
        ge=2,
        le=400,
        advanced=True,
        shown_if=("clip", ("mse",)),
    )
    activations: Literal["none", "int8", "int4", "float8_e4m3", "float8_static", "nvfp4", "mxfp4"] = setting(
        "none",
        title="Activations",
        help="Round the inputs of the layers too, with scales computed at run time, for every token or its groups; or "
        "with a scale for the whole layer that is fixed on a text, which NVFP4 has beside those of its groups.",
        choices={
            "none": "As they are",
            "int8": "8 bit integer per token",
            "int4": "4 bit integer per token",
            "float8_e4m3": "8 bit float per token",
            "float8_static": "8 bit float, one scale fixed on a text",
            "nvfp4": "NVFP4 (groups of 16, and one scale fixed on a text)",
            "mxfp4": "MXFP4 (groups of 32)",
        },
    )
    activation_symmetric: bool = setting(
        True,
        title="Symmetric activations",
        help="Runtimes for 8-bit weights and activations expect it; asymmetric ones lose less at 4 bits.",
        shown_if=("activations", ("int8", "int4")),
    )
    scale_dtype: Literal["float16", "bfloat16", "float32"] = setting(
        "float16",
        title="Scale dtype",
        help="Data type of the scales. float16 is the most accurate in 16 bits; bfloat16 and float32 have a larger "
        "range.",
        advanced=True,
        shown_if=("format", FREELY_SCALED),
    )

    @classmethod
    def of(cls, weights: WeightSettings, **more: Any) -> Self:
        """The same format by rounding to nearest: which layers, what fits, what it takes on disk is the same."""
        bases = (MixedSettings, ZeroPointSettings, WeightSettings)
        fields = next(base for base in bases if isinstance(weights, base)).model_fields
        shared = {name: getattr(weights, name) for name in fields}
        formats = weights.formats if isinstance(weights, MixedSettings) else (weights.format,)
        shared["symmetric"] = weights.symmetric or set(INTEGERS).isdisjoint(formats)
        return cls(**{**shared, **more})

    def for_layer(self, linear: Linear) -> Self:
        """The settings of one layer: in its own format, without options that the format can't have."""
        return self.in_format(self.format_of(linear))

    def in_format(self, name: str) -> Self:
        """The same in this format alone. What none of the formats can have stays, for the check to say."""
        if not self.layer_formats:
            return self
        changes: dict[str, Any] = {"format": name, "layer_formats": ()}
        if name not in INTEGERS and not set(INTEGERS).isdisjoint(self.formats):
            changes["symmetric"] = True
        if self.clip == "four_over_six" and name not in FOUR_BIT_FLOATS:
            changes["clip"] = self.clip if set(FOUR_BIT_FLOATS).isdisjoint(self.formats) else "absmax"
        return self.model_copy(update=changes)

    def summary(self) -> str:
        """For the block on the canvas, e.g. "int4 · sym · g64"."""
        words = [super().summary()]
        if self.clip != "absmax" and (not set(RANGED).isdisjoint(self.formats) or self.clip == "imatrix_mse"):
            words.append({"imatrix_mse": "imatrix", "four_over_six": "4/6"}.get(self.clip, self.clip))
        if self.activations != "none" and not set(self.formats) <= set(CASTS):
            words.append("A4" if self.activations in ("int4", "nvfp4", "mxfp4") else "A8")
        return " · ".join(words)
