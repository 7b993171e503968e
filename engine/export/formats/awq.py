"""AWQ checkpoints (AutoAWQ's "gemm" layout): 4-bit integers that many servers take, however they were chosen.

``qweight`` (in, out/8) int32, eight outputs a word, in the order 0, 2, 4, 6, 1, 3, 5, 7 from the lowest bits up;
``qzeros`` (groups, out/8) int32 alike; ``scales`` (groups, out) float16.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import torch

from engine.contracts.problem import Problem
from engine.export.formats import int32_layout as layout
from engine.export.formats.unpackable import kept_dense
from engine.export.layer_problems import several_schemes
from engine.export.options import DtypeOptions
from engine.models.model import Model
from engine.modules.quantized import QuantizedLinear
from engine.numerics.quantization import packing
from engine.numerics.quantization.checkpoint_layouts import AWQ_ORDER
from engine.numerics.quantization.scheme import Scheme


class Awq(layout.Int32Format):
    """4-bit integers, one scheme a file."""

    id = "awq"
    title = "AWQ"
    summary = "4-bit integers as AutoAWQ stores them (gemm), which many servers take, whatever method chose them."
    quant_method = "awq"
    bits = (4,)

    def layer_tensors(self, name: str, module: QuantizedLinear) -> Iterator[tuple[str, torch.Tensor]]:
        """Codes and zero points of eight outputs a word."""
        codes, zeros = layout.codes_and_zeros(module)
        yield f"{name}.qweight", _words_across(codes)
        yield f"{name}.qzeros", _words_across(zeros)

    def quantization_config(self, model: Model, options: DtypeOptions) -> dict[str, Any]:
        """The entry as AutoAWQ spells it. The layout has zero points always; those of symmetric weights are all 8."""
        scheme = layout.most_common_scheme(model)
        head = model.anatomy.head
        dense_head = [head] if head and head not in layout.quantized_linears(model) else []
        return {
            "quant_method": self.quant_method,
            "bits": scheme.number.bits,
            "group_size": layout.group_size(scheme),
            "zero_point": True,
            "version": "gemm",
            "modules_to_not_convert": [*layout.dense_linears(model), *dense_head],
        }

    def unpackable(self, model: Model, layers: Collection[str]) -> Mapping[str, str]:
        """Layers that the network keeps in float32."""
        return kept_dense(model, layers)

    def together(self, schemes: Mapping[str, Scheme], experts: Collection[str]) -> list[Problem]:
        """An error for several schemes."""
        return several_schemes(schemes, self.title)


def _words_across(codes: torch.Tensor) -> torch.Tensor:
    """(rows, out) codes -> (rows, out/8) int32."""
    ordered = codes.reshape(len(codes), -1, len(AWQ_ORDER))[:, :, list(AWQ_ORDER)].reshape(codes.shape)
    return packing.to_words(packing.pack(ordered, Awq.bits[0]))


FORMAT = Awq()
