"""4 bits by blocks as bitsandbytes stores them: NF4 and FP4, with double quantization."""

from __future__ import annotations

from engine.methods.base import MethodInfo
from engine.methods.shared.block_settings import BlockSettings
from engine.methods.shared.orders import quantized_already

METHOD = MethodInfo(
    id="nf4",
    title="NF4 and FP4",
    family="quantization",
    summary="4-bit floats by blocks, as bitsandbytes stores them: needs no data, and transformers loads the export.",
    paper="Dettmers et al. 2023, arXiv 2305.14314",
    settings=BlockSettings,
    choose_for=(("a file that transformers loads with bitsandbytes", ""),),
    algorithm="engine.methods.quantization.nf4.method:BlockQuantization",
    traits=frozenset({"quantized"}),
    not_after=(
        quantized_already(advice="Start from the original weights, or ignore the layers that are quantized already"),
    ),
    keywords=("bitsandbytes", "bnb", "qlora", "4 bit", "normal float", "double quantization", "quantize"),
)
