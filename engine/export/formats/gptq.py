"""GPTQ checkpoints (AutoGPTQ, gptqmodel): what many servers take. The integers leave as they were chosen.

``qweight`` (in · b/32, out) int32, a bit stream down every column; ``qzeros`` (groups, out · b/32) int32; ``scales``
(groups, out) float16; ``g_idx`` (in,) int32, the group of each input. "gptq" files store zero points less one, which
can't say 0: asymmetric weights are written as "gptq_v2", which stores them as they are.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import torch

from engine.contracts.problem import Problem
from engine.export.formats import int32_layout as layout
from engine.export.layer_problems import several_schemes
from engine.export.options import DtypeOptions
from engine.models.model import Model
from engine.modules.quantized import QuantizedLinear
from engine.numerics.quantization import packing
from engine.numerics.quantization.scheme import Scheme


class Gptq(layout.Int32Format):
    """2, 3, 4 or 8 bits; layers may have bits and groups of their own."""

    id = "gptq"
    title = "GPTQ"
    summary = "Integers as AutoGPTQ and gptqmodel store them, which many servers take: int2, int3, int4, int8."
    quant_method = "gptq"
    bits = (2, 3, 4, 8)

    def layer_tensors(self, name: str, module: QuantizedLinear) -> Iterator[tuple[str, torch.Tensor]]:
        """Codes down the columns, zero points along the rows, the group of each input."""
        bits = module.scheme.number.bits
        codes, zeros = layout.codes_and_zeros(module)
        if module.scheme.symmetric:
            zeros = zeros - 1
        yield f"{name}.qweight", _words_down(codes, bits)
        yield f"{name}.qzeros", packing.to_words(packing.pack(zeros, bits))
        size = module.in_features // module.scales.shape[1]
        yield f"{name}.g_idx", torch.arange(module.in_features, dtype=torch.int32, device=codes.device) // size

    def quantization_config(self, model: Model, options: DtypeOptions) -> dict[str, Any]:
        """The entry as gptqmodel spells it. ``dynamic``: layers that are dense ("-:") or in another scheme ("+:")."""
        common = layout.most_common_scheme(model)
        quantized = layout.quantized_linears(model)
        dynamic: dict[str, dict[str, Any]] = {f"-:^{re.escape(name)}$": {} for name in layout.dense_linears(model)}
        for name, module in quantized.items():
            if (scheme := module.scheme) != common:
                entry = {"bits": scheme.number.bits, "group_size": layout.group_size(scheme)}
                dynamic[f"+:^{re.escape(name)}$"] = entry
        return {
            "quant_method": self.quant_method,
            "bits": common.number.bits,
            "group_size": layout.group_size(common),
            "desc_act": False,
            "sym": common.symmetric,
            "lm_head": model.anatomy.head in quantized,
            "checkpoint_format": "gptq" if common.symmetric else "gptq_v2",
            "pack_dtype": "int32",
            **({"dynamic": dynamic} if dynamic else {}),
        }

    def together(self, schemes: Mapping[str, Scheme], experts: Collection[str]) -> list[Problem]:
        """An error for symmetric and asymmetric layers: a file stores zero points in one way."""
        one_kind = len({scheme.symmetric for scheme in schemes.values()}) < 2
        return [] if one_kind else several_schemes(schemes, self.title)


def _words_down(codes: torch.Tensor, bits: int) -> torch.Tensor:
    """(in, out) codes -> (in · b/32, out) int32."""
    return packing.to_words(packing.pack(codes.t(), bits)).t().contiguous()


FORMAT = Gptq()
