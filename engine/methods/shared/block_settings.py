"""Settings of layers in 4 bits as bitsandbytes stores them. Torch-free."""

from __future__ import annotations

from typing import Literal

from engine.contracts.settings import setting
from engine.methods.shared.layers import LayerSettings

Format = Literal["nf4", "fp4_e2m1", "fp4"]
BlockSize = Literal[32, 64, 128, 256, 512, 1024, 2048, 4096]


class BlockSettings(LayerSettings):
    """The 16 values of a weight, the block size, and the storage of scales."""

    format: Format = setting(
        "nf4",
        title="Format",
        help="Which 16 values a weight may have. Those of NF4 are the quantiles of a normal distribution, which "
        "weights nearly follow.",
        choices={
            "nf4": "NormalFloat (NF4)",
            "fp4_e2m1": "4 bit float (E2M1)",
            "fp4": "4 bit float as in bitsandbytes (FP4)",
        },
    )
    block_size: BlockSize = setting(
        64,
        title="Block size",
        help="Weights that share a scale, counted through the rows of the matrix.",
        unit="weights",
        choices={size: str(size) for size in (32, 64, 128, 256, 512, 1024, 2048, 4096)},
    )
    double_quant: bool = setting(
        True,
        title="Double quantization",
        help="Stores the scales in 8 bits too: 4.13 instead of 4.5 bits a weight in blocks of 64.",
        aliases=("double",),
    )

    def summary(self) -> str:
        """For the block on the canvas."""
        return " · ".join([self.format, f"b{self.block_size}", *(["double"] if self.double_quant else [])])
