"""What the settings of all methods that quantize weights share. Torch-free."""

from __future__ import annotations

from typing import Any, Literal, get_args

import pydantic

from engine.architecture.anatomy import Linear
from engine.base.likely import likely
from engine.contracts.settings import setting
from engine.methods.shared.layers import LAYERS, LayerSettings, layer_values, value_of

INTEGERS = ("int8", "int7", "int6", "int5", "int4", "int3", "int2")
CASTS = ("float16", "bfloat16")
MICROSCALED = ("nvfp4", "mxfp4")
"""4-bit floats that prescribe how many weights share a scale, and of what kind."""
FOUR_BIT_FLOATS = ("float4_e2m1", *MICROSCALED)
GgufFormat = Literal[
    "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "IQ4_NL", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "IQ4_XS"
]  # fmt: skip
GGML: tuple[str, ...] = get_args(GgufFormat)
"""Block formats of GGUF, which prescribe everything."""
FREELY_SCALED = ("float8_e4m3", *INTEGERS, "float4_e2m1", "nf4", "int1")
"""Formats of which one chooses how many weights share a scale."""
SCALED = (*FREELY_SCALED, *MICROSCALED, *GGML)
"""Formats whose numbers are multiplied by a stored scale."""
RANGED = tuple(name for name in SCALED if name not in ("int1", *GGML))
"""Those whose ranges can be chosen in several ways."""

FORMAT_TITLES = {
    "float16": "16 bit, float16",
    "bfloat16": "16 bit, bfloat16",
    "float8_e4m3": "8 bit float (E4M3)",
    "int8": "8 bit integer",
    "int7": "7 bit integer",
    "int6": "6 bit integer",
    "int5": "5 bit integer",
    "int4": "4 bit integer",
    "int3": "3 bit integer",
    "int2": "2 bit integer",
    "float4_e2m1": "4 bit float (E2M1)",
    "nvfp4": "4 bit float, NVFP4 (groups of 16, 8-bit scales)",
    "mxfp4": "4 bit float, MXFP4 (groups of 32, powers of two)",
    "nf4": "4 bit NormalFloat (NF4)",
    "int1": "1 bit, sign and scale",
    **{name: f"GGUF {name} (blocks of {256 if name.endswith(('_K', '_XS')) else 32})" for name in GGML},
}
ScaledFormat = Literal[
    "float8_e4m3",
    "int8",
    "int7",
    "int6",
    "int5",
    "int4",
    "int3",
    "int2",
    "float4_e2m1",
    "nvfp4",
    "mxfp4",
    "nf4",
    "int1",
    GgufFormat,
]
"""See `SCALED`; in the order in which they are offered."""
Format = Literal["float16", "bfloat16", ScaledFormat]
Granularity = Literal["group", "channel", "tensor"]


def format_setting(default: str = "int4", **more: Any) -> Any:
    """The field ``format``, for a class that has fewer of them or another default."""
    return setting(
        default,
        title="Format",
        help="What a weight is written as. Integers are what most runtimes compute with; NF4 follows the normal "
        "distribution of weights; NVFP4 and MXFP4 are what the newest accelerators multiply; those of GGUF are what "
        "llama.cpp computes with, and leave for it bit for bit.",
        choices=FORMAT_TITLES,
        **more,
    )


def granularity_setting(default: str = "group", **more: Any) -> Any:
    """The field ``granularity``, for a class that has fewer of them or another default."""
    return setting(
        default,
        title="One scale per",
        help="How many weights share a scale: fewer weights follow the values more closely and cost more bits.",
        choices={"group": "Group of inputs", "channel": "Output channel", "tensor": "Whole tensor"},
        shown_if=("format", FREELY_SCALED),
        **more,
    )


class WeightSettings(LayerSettings):
    """Which format, how many weights share a scale, what is left alone."""

    format: Format = format_setting()
    symmetric: bool = setting(
        True,
        title="Symmetric",
        help="One scale, signed so that the largest weight is exact. Asymmetric ranges fit lopsided groups better and "
        "store a zero point with every scale.",
        shown_if=("format", INTEGERS),
    )
    granularity: Granularity = granularity_setting()
    group_size: int = setting(
        64,
        title="Group size",
        help="Weights of one row that share a scale. It has to divide the inputs of every layer. 128 is what most "
        "runtimes like best.",
        unit="weights",
        ge=2,
        le=65536,
        step=32,
        shown_if=("granularity", ("group",)),
    )

    def summary(self) -> str:
        """For the block on the canvas, e.g. "int4 · sym · g64"."""
        words: list[str] = [self.format]
        if self.format in INTEGERS:
            words.append("sym" if self.symmetric else "asym")
        if self.format in FREELY_SCALED:
            words.append({"group": f"g{self.group_size}", "channel": "channel", "tensor": "tensor"}[self.granularity])
        return " · ".join(words)


class ZeroPointSettings(WeightSettings):
    """The same, and what the zero points of asymmetric integers may be."""

    zero_point: Literal["integer", "float"] = setting(
        "integer",
        title="Zero points",
        help="Whole numbers, as servers expect; or the smallest weight of each group in the dtype of the scales, as in "
        "Q4_1 of GGUF, which fits lopsided groups better and costs 12 more bits a group.",
        choices={"integer": "Whole numbers", "float": "Minimum of the group (GGUF, container)"},
        shown_if=("symmetric", (False,)),
        advanced=True,
    )


class MixedSettings(ZeroPointSettings):
    """The same, and formats of their own for some layers (mixed precision)."""

    layer_formats: tuple[str, ...] = setting(
        (),
        title="Format of some layers",
        help="Exceptions from the format, as PATTERN=FORMAT: layers by role or by name with * and ?, such as down=int8 "
        "or layers.0.*=nvfp4. The first that means a layer counts; what else the block says holds for them too, as far "
        "as their formats have it.",
        section=LAYERS,
        kind="layer_values",
        exceptions_from="format",
    )

    @pydantic.field_validator("layer_formats", mode="after")
    @classmethod
    def _known_formats(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        known = get_args(cls.model_fields["format"].annotation)
        known = tuple(name for each in known for name in (get_args(each) or (each,)))
        for pattern, name in layer_values(values, "down=int8"):
            if name not in known:
                meant = likely(name, known)
                raise ValueError(f"'{pattern}={name}' names no format ({meant[0].lower()}{meant[1:]})")
        return values

    def format_of(self, linear: Linear) -> str:
        """What the weight of this layer is written as."""
        return value_of(linear, layer_values(self.layer_formats), self.format)

    @property
    def formats(self) -> tuple[str, ...]:
        """All that are named, that of the block first."""
        return tuple(dict.fromkeys([self.format, *(name for _, name in layer_values(self.layer_formats))]))

    def summary(self) -> str:
        """For the block on the canvas, e.g. "int4 · sym · g64 · mixed"."""
        return super().summary() + (" · mixed" if len(self.formats) > 1 else "")
