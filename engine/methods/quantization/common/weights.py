"""Base settings of all methods that quantize weights. Torch-free."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

import pydantic

from engine.architecture.anatomy import Linear
from engine.base.likely import likely
from engine.contracts.settings import setting
from engine.methods.shared.layers import LAYERS, LayerSettings, layer_values, value_of
from engine.numerics.quantization.formats import FORMATS, SIGNED_E2M1, NumberFormat

OFFERED = tuple(number for number in FORMATS.values() if number.title)
"""Formats that settings offer, in this order."""
FORMAT_TITLES = {number.name: number.title for number in OFFERED}
FORMAT_ALIASES = {alias: number.name for number in OFFERED for alias in number.aliases}


def _names(accept: Callable[[NumberFormat], bool]) -> tuple[str, ...]:
    """Names of the formats that settings offer and ``accept`` takes."""
    return tuple(number.name for number in OFFERED if accept(number))


INTEGERS = _names(lambda number: number.kind == "integer")
CASTS = _names(lambda number: number.kind == "cast")
GGML = _names(lambda number: number.kind == "block")
"""Block formats of GGUF, which prescribe everything."""
SCALED = _names(lambda number: number.kind != "cast")
"""Formats whose numbers are multiplied by a stored scale."""
FREELY_SCALED = _names(lambda number: number.kind != "cast" and not number.group_size)
"""Formats of which one chooses how many weights share a scale."""
MICROSCALED = _names(lambda number: number.kind != "block" and number.group_size > 0)
"""4-bit floats that prescribe how many weights share a scale, and of what kind."""
FOUR_BIT_FLOATS = _names(lambda number: number.grid == SIGNED_E2M1)
RANGED = _names(lambda number: number.kind not in ("cast", "sign", "block"))
"""Scaled formats whose ranges can be chosen in several ways."""
COLUMN_WISE = _names(lambda number: number.by_columns)
"""Formats that methods offer which round column by column."""
ROTATED = _names(lambda number: number.by_columns and (number.kind == "block" or bool(number.inputs)))
"""Those of them that other programs multiply with rounded activations."""

if TYPE_CHECKING:  # to mypy names of formats are text: the table says at run time which there are
    Format: TypeAlias = str
    ScaledFormat: TypeAlias = str
    IntegerFormat: TypeAlias = str
    ColumnWiseFormat: TypeAlias = str
    RotatedFormat: TypeAlias = str
else:
    Format = Literal[tuple(FORMAT_TITLES)]
    ScaledFormat = Literal[SCALED]
    IntegerFormat = Literal[INTEGERS]
    ColumnWiseFormat = Literal[COLUMN_WISE]
    RotatedFormat = Literal[ROTATED]
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
        value_aliases=FORMAT_ALIASES,
        **more,
    )


def granularity_setting(default: str = "group", **more: Any) -> Any:
    """The field ``granularity``, for a class that has fewer of them or another default."""
    return setting(
        default,
        title="One scale per",
        help="How many weights share a scale: smaller groups follow the values more closely and take more bits.",
        choices={"group": "Group of inputs", "channel": "Output channel", "tensor": "Whole tensor"},
        shown_if=("format", FREELY_SCALED),
        **more,
    )


def symmetric_setting(default: bool = True) -> Any:
    """The field ``symmetric``, for a class that has another default."""
    return setting(
        default,
        title="Symmetric",
        help="One scale, signed so that the largest weight is exact. Asymmetric ranges fit skewed groups better and "
        "store a zero point with every scale.",
        shown_if=("format", INTEGERS),
    )


class WeightSettings(LayerSettings):
    """Format, weights that share a scale, layers that are left alone."""

    format: Format = format_setting()
    symmetric: bool = symmetric_setting()
    granularity: Granularity = granularity_setting()
    group_size: int = setting(
        64,
        title="Group size",
        help="Weights of one row that share a scale. It must divide the inputs of every layer. Most runtimes are "
        "fastest with 128.",
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
        help="Integers, as servers expect; or the smallest weight of each group in the dtype of the scales, as in "
        "GGUF's Q4_1, which fits skewed groups better and takes 12 more bits per group.",
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
        "or layers.0.*=nvfp4. The first pattern that matches a layer applies. The block's other settings apply to "
        "these layers too, where their formats have them.",
        section=LAYERS,
        kind="layer_values",
        exceptions_from="format",
    )

    @pydantic.field_validator("layer_formats", mode="after")
    @classmethod
    def _known_formats(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        choices = get_args(cls.model_fields["format"].annotation)
        current = []
        for text in values:
            ((pattern, name),) = layer_values((text,), "down=int8")
            if name not in choices and name not in FORMAT_ALIASES:
                meant = likely(name, choices)
                raise ValueError(f"'{pattern}={name}' names no format ({meant[0].lower()}{meant[1:]})")
            current.append(f"{pattern}={FORMAT_ALIASES[name]}" if name in FORMAT_ALIASES else text)
        return tuple(current)

    def format_of(self, linear: Linear) -> str:
        """The format of this layer's weight."""
        return value_of(linear, layer_values(self.layer_formats), self.format)

    @property
    def formats(self) -> tuple[str, ...]:
        """All that are named, that of the block first."""
        return tuple(dict.fromkeys([self.format, *(name for _, name in layer_values(self.layer_formats))]))

    def summary(self) -> str:
        """For the block on the canvas, e.g. "int4 · sym · g64 · mixed"."""
        return super().summary() + (" · mixed" if len(self.formats) > 1 else "")
