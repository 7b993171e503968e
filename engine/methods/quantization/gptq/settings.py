"""GPTQ: rounding column by column, where the columns to come make up for the error."""

from __future__ import annotations

from typing import Any, Literal

import pydantic

from engine.contracts.settings import Settings, setting
from engine.methods.base import MethodInfo, Rule
from engine.methods.quantization.round_to_nearest.settings import INTEGERS, RoundToNearestSettings


class GptqSettings(Settings):
    """Which format, how ranges are chosen, what the layers are calibrated on."""

    format: Literal["int8", "int4", "int3", "int2", "nf4", "float4_e2m1"] = setting(
        "int4",
        title="Format",
        help="What a weight is written as.",
        choices={
            "int8": "8 bit integer",
            "int4": "4 bit integer",
            "int3": "3 bit integer",
            "int2": "2 bit integer",
            "nf4": "4 bit NormalFloat (NF4)",
            "float4_e2m1": "4 bit float (E2M1)",
        },
    )
    symmetric: bool = setting(
        True,
        title="Symmetric",
        help="The range reaches as far down as up. Asymmetric ranges fit lopsided groups better and store a zero "
        "point with every scale.",
        shown_if=("format", ("int8", "int4", "int3", "int2")),
    )
    granularity: Literal["group", "channel"] = setting(
        "group",
        title="One scale per",
        help="How many weights share a scale.",
        choices={"group": "Group of inputs", "channel": "Output channel"},
    )
    group_size: int = setting(
        64,
        title="Group size",
        help="Weights of one row that share a scale. It has to divide the inputs of every layer.",
        unit="weights",
        ge=2,
        le=65536,
        step=32,
        shown_if=("granularity", ("group",)),
    )
    clip: Literal["absmax", "mse"] = setting(
        "mse",
        title="Range",
        help="The largest weight, or the range with the smallest error, which is better below 8 bits.",
        choices={"absmax": "Largest weight", "mse": "Search for the smallest error"},
    )
    order: bool = setting(
        True,
        title="Order by activation",
        help="Inputs with much energy are rounded first, while there are many others left to make up for their error. "
        "Groups stay where they are.",
    )
    damping: float = setting(
        0.01,
        title="Damping",
        help="Added to the diagonal of the Hessian as a share of its mean. Raised by itself where it is not enough.",
        gt=0,
        le=1,
        step=0.005,
        advanced=True,
    )
    text: str = setting(
        "sample",
        title="Calibration text",
        help="A text file, a data set on the hub (hub:name or hub:name/config/split), or 'sample' for the bundled "
        "training texts. Texts like those that the model will meet are best.",
        kind="file",
    )
    samples: int = setting(
        128, title="Samples", help="Pieces of the text that are used, spread evenly over it.", ge=1, le=65536
    )
    length: int = setting(512, title="Length", help="Tokens of a sample.", unit="tokens", ge=8, le=131072, step=128)
    ignore: tuple[str, ...] = setting(
        (),
        title="Leave alone",
        help="Layers by name with * and ?, or by role: *.down_proj, layers.0.*, down, v.",
    )

    @pydantic.field_validator("ignore", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        """The command line gives one word with commas."""
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    def nearest(self) -> RoundToNearestSettings:
        """The same format by rounding to nearest: which layers, what fits, what it takes on disk is the same."""
        return RoundToNearestSettings(
            format=self.format,
            symmetric=self.symmetric or self.format not in INTEGERS,
            granularity=self.granularity,
            group_size=self.group_size,
            clip=self.clip,
            mse_steps=20,
            ignore=self.ignore,
        )

    def summary(self) -> str:
        """For the block on the canvas."""
        return self.nearest().summary()


METHOD = MethodInfo(
    id="gptq",
    title="GPTQ",
    family="quantization",
    summary="Rounds column by column and lets the columns to come make up for the error, layer after layer, calibrated "
    "on a text.",
    paper="Frantar et al. 2022, arXiv 2210.17323",
    settings=GptqSettings,
    algorithm="engine.methods.quantization.gptq.method:Gptq",
    needs=frozenset({"data", "anatomy"}),
    not_after=(
        Rule(
            families=("quantization",),
            why="The weights are quantized already: they would be rounded a second time",
            advice="Start from the original weights",
            severity="warning",
        ),
    ),
    keywords=("int4", "calibration", "hessian", "post-training", "ptq", "quantize"),
)
