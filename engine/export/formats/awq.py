"""AWQ checkpoints (AutoAWQ's "gemm" layout): 4-bit integers that many servers take, however they were chosen.

``qweight`` (in, out/8) int32, eight outputs a word, in the order 0, 2, 4, 6, 1, 3, 5, 7 from the lowest bits up;
``qzeros`` (groups, out/8) int32 alike; ``scales`` (groups, out) float16.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from engine.contracts.problem import Problem
from engine.export import folder as folders
from engine.export.base import DtypeOptions, ExportFormat, Progress
from engine.export.formats import int32_layout as layout
from engine.export.formats.unpackable import kept_dense
from engine.models.model import Model
from engine.modules.quantized import QuantizedLinear
from engine.numerics.quantization import packing
from engine.numerics.quantization.checkpoint_layouts import AWQ_ORDER

BITS = (4,)


def problems(model: Model, options: DtypeOptions) -> list[Problem]:
    """Layers that can't be expressed, and those in another scheme than the others."""
    schemes = {name: module.scheme for name, module in layout.packed(model).items()}
    found = layout.problems(model, "AWQ", BITS, kept_dense(model, schemes))
    return [*folders.unheld_problems(model, options), *found, *layout.one_scheme_problems(schemes, "AWQ")]


def _layer(name: str, module: QuantizedLinear) -> layout.Named:
    codes, zeros = layout.codes_and_zeros(module)
    yield f"{name}.qweight", _across(codes)
    yield f"{name}.qzeros", _across(zeros)


def _across(codes: torch.Tensor) -> torch.Tensor:
    """(rows, out) codes -> (rows, out/8) int32."""
    ordered = codes.reshape(len(codes), -1, len(AWQ_ORDER))[:, :, list(AWQ_ORDER)].reshape(codes.shape)
    return packing.to_words(packing.pack(ordered, BITS[0]))


def expected_bytes(model: Model, options: DtypeOptions) -> int:
    """Exact."""
    return layout.expected_bytes(model, options, _layer)


def write(model: Model, folder: Path, options: DtypeOptions, progress: Progress) -> None:
    """See `ExportFormat`."""
    folders.refuse(problems(model, options))
    layout.write(model, folder, options, progress, _layer, quantization_config(model))


def quantization_config(model: Model) -> dict[str, Any]:
    """As AutoAWQ spells it. The layout has zero points always; those of symmetric weights are all 8."""
    scheme = layout.most_common(model)
    head = model.anatomy.head
    left = [*layout.dense_linears(model), *([head] if head and head not in layout.packed(model) else [])]
    return {
        "quant_method": "awq",
        "bits": scheme.number.bits,
        "group_size": layout.group_size(scheme),
        "zero_point": True,
        "version": "gemm",
        "modules_to_not_convert": left,
    }


# -- reading -----------------------------------------------------------------------------------------------------------
def read(folder: Path) -> Iterator[tuple[str, torch.Tensor]]:
    """See `ExportFormat`."""
    yield from folders.read_unpacked(folder, "awq")


FORMAT = ExportFormat(
    id="awq",
    title="AWQ",
    summary="4-bit integers as AutoAWQ stores them (gemm), which many servers take, whatever method chose them.",
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
    unpackable=kept_dense,
    together=lambda schemes, _: layout.one_scheme_problems(schemes, "AWQ"),
    one_format_fused="error",
)
