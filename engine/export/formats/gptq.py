"""GPTQ checkpoints (AutoGPTQ, gptqmodel): what many servers take. The integers leave as they were chosen.

``qweight`` (in · b/32, out) int32, a bit stream down every column; ``qzeros`` (groups, out · b/32) int32; ``scales``
(groups, out) float16; ``g_idx`` (in,) int32, the group of each input. "gptq" files store zero points less one, which
can't say 0: asymmetric weights are written as "gptq_v2", which stores them as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch

from engine.contracts.problem import Problem
from engine.export import folder as folders
from engine.export.base import DtypeOptions, ExportFormat, Progress
from engine.export.formats import int32_layout as layout
from engine.models.model import Model
from engine.modules.quantized import QuantizedLinear
from engine.numerics.quantization import packing
from engine.numerics.quantization.scheme import Scheme

BITS = (2, 3, 4, 8)


def problems(model: Model, options: DtypeOptions) -> list[Problem]:
    """Layers that can't be expressed, and those that are fused in servers and differ."""
    schemes = {name: module.scheme for name, module in layout.packed(model).items()}
    found = layout.problems(model, "GPTQ", BITS)
    return [*folders.unheld_problems(model, options), *found, *_together(schemes)]


def _together(schemes: Mapping[str, Scheme]) -> list[Problem]:
    """Layers may have other bits and groups than most, but a file stores zero points in one way."""
    one_kind = len({scheme.symmetric for scheme in schemes.values()}) < 2
    return [] if one_kind else layout.one_scheme_problems(schemes, "GPTQ")


def _layer(name: str, module: QuantizedLinear) -> layout.Named:
    bits = module.scheme.number.bits
    codes, zeros = layout.codes_and_zeros(module)
    if module.scheme.symmetric:
        zeros = zeros - 1
    yield f"{name}.qweight", _down(codes, bits)
    yield f"{name}.qzeros", packing.to_words(packing.pack(zeros, bits))
    size = module.in_features // module.scales.shape[1]
    yield f"{name}.g_idx", torch.arange(module.in_features, dtype=torch.int32, device=codes.device) // size


def _down(codes: torch.Tensor, bits: int) -> torch.Tensor:
    """(in, out) codes -> (in · b/32, out) int32."""
    return packing.to_words(packing.pack(codes.t(), bits)).t().contiguous()


def expected_bytes(model: Model, options: DtypeOptions) -> int:
    """Exact."""
    return layout.expected_bytes(model, options, _layer)


def write(model: Model, folder: Path, options: DtypeOptions, progress: Progress) -> None:
    """See `ExportFormat`."""
    folders.refuse(problems(model, options))
    layout.write(model, folder, options, progress, _layer, quantization_config(model))


def quantization_config(model: Model) -> dict[str, Any]:
    """As gptqmodel spells it. ``dynamic``: layers that are dense ("-:") or in another scheme ("+:")."""
    common = layout.most_common(model)
    dynamic: dict[str, dict[str, Any]] = {f"-:^{re.escape(name)}$": {} for name in layout.dense_linears(model)}
    for name, module in layout.packed(model).items():
        if module.scheme != common:
            scheme = module.scheme
            dynamic[f"+:^{re.escape(name)}$"] = {"bits": scheme.number.bits, "group_size": layout.group_size(scheme)}
    return {
        "quant_method": "gptq",
        "bits": common.number.bits,
        "group_size": layout.group_size(common),
        "desc_act": False,
        "sym": common.symmetric,
        "lm_head": model.anatomy.head in layout.packed(model),
        "checkpoint_format": "gptq" if common.symmetric else "gptq_v2",
        "pack_dtype": "int32",
        **({"dynamic": dynamic} if dynamic else {}),
    }


# -- reading -----------------------------------------------------------------------------------------------------------
def read(folder: Path) -> Iterator[tuple[str, torch.Tensor]]:
    """See `ExportFormat`."""
    yield from folders.read_unpacked(folder, "gptq")


FORMAT = ExportFormat(
    id="gptq",
    title="GPTQ",
    summary="Integers as AutoGPTQ and gptqmodel store them, which many servers take: int2, int3, int4, int8.",
    options=DtypeOptions,
    problems=problems,
    expected_bytes=expected_bytes,
    stored=lambda model, options: (each.stored for each in layout.plan(model, options, _layer)),
    writes_out=True,
    keeps_values=layout.keeps_values,
    needs=frozenset({"quantized"}),
    write=write,
    read=read,
    rounds_inputs=False,
    why_not=lambda module: layout.why_not(module, BITS),
    why_not_expert=lambda _: folders.IN_ONE_TENSOR,
    together=lambda schemes, _: _together(schemes),
    one_format_fused="error",
)
