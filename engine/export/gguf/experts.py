"""Experts in a GGUF file: the matrices of all experts of a layer in one tensor, gate and up rows apart."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, cast

import torch
from torch import nn

from engine.architecture.experts import ExpertLinears
from engine.checkpoints.packed import PackedTensor
from engine.export.gguf.entries import DENSE, DTYPES, Entry, Type, packed_kind, packed_rows
from engine.export.gguf.keys import form_of
from engine.models.model import Model
from engine.modules import CompressedModule
from engine.numerics.quantization.gguf_blocks import mxfp4

Names = Callable[[str], str]


def expert_entries(
    model: Model, name: str, experts: ExpertLinears, names: Names, dtype: torch.dtype | None
) -> Iterator[Entry]:
    """The tensors of a layer's experts: of one for gate and up, mostly two. ``dtype``: see `gguf_tensors.entries`."""
    modules = list(experts)
    kinds = {_kind(model, f"{name}.{index}", module, dtype) for index, module in enumerate(modules)}
    kind = kinds.pop() if len(kinds) == 1 else Type.F32
    count, inputs = (experts.fused_shape[i] for i in ((2, 1) if experts.transposed else (1, 2)))
    stem, _, leaf = name.rpartition(".")
    for word, rows in _pieces(model, leaf, count):

        def data(rows: torch.Tensor = rows) -> torch.Tensor:
            expert_rows = [_rows(model, f"{name}.{index}", module, kind)[rows] for index, module in enumerate(modules)]
            return torch.stack(expert_rows).contiguous()

        yield Entry(names(f"{stem}.{word}.weight"), kind, (len(modules), len(rows), inputs), data)


def bias_entries(model: Model, name: str, names: Names) -> Iterator[Entry]:
    """The biases of a layer's experts, (experts, outputs), in float32."""
    owner, _, leaf = name.rpartition(".")
    shape = getattr(model.get(owner), leaf).shape
    for word, columns in _pieces(model, leaf.removesuffix("_bias"), shape[-1]):

        def data(columns: torch.Tensor = columns) -> torch.Tensor:
            bias: torch.Tensor = getattr(model.get(owner), leaf).detach()
            return bias[:, columns].float().contiguous().view(torch.uint8)

        yield Entry(names(f"{owner}.{word}.bias"), Type.F32, (shape[0], len(columns)), data)


def _pieces(model: Model, leaf: str, count: int) -> list[tuple[str, torch.Tensor]]:
    """The tensors of the file that a matrix with so many rows becomes: the word for each, and the rows in it."""
    rows = torch.arange(count)
    if leaf != "gate_up_proj" or form_of(model).gate_up == "together":
        return [(leaf, rows)]
    if form_of(model).gate_up == "interleaved":
        return [("gate_proj", rows[::2]), ("up_proj", rows[1::2])]
    return [("gate_proj", rows[: count // 2]), ("up_proj", rows[count // 2 :])]


def _kind(model: Model, name: str, module: nn.Module, dtype: torch.dtype | None) -> Any:
    """The type that a matrix is stored as."""
    if isinstance(module, CompressedModule):
        return packed_kind(module)[0] or DENSE[dtype or module.exact_dtype]
    stored = model.header.packed.get(f"{name}.weight")
    block_type = None if stored is None or stored.layout not in ("ggml", "mxfp4") else stored.word.upper()
    if block_type is None and (whole := model.header.packed.get(name.rpartition(".")[0])) and whole.layout == "mxfp4":
        block_type = "MXFP4"
    if block_type in Type.__members__ and Type[block_type] not in DTYPES:
        return Type[block_type]
    weight = cast("torch.Tensor", module.weight)
    return DENSE.get(dtype or weight.dtype, Type.F32)


def _rows(model: Model, name: str, module: nn.Module, kind: Any) -> torch.Tensor:
    """The bytes of a matrix, a row for each of its rows."""
    if isinstance(module, CompressedModule):
        rows = packed_rows(module) if packed_kind(module)[0] == kind else None
        values = module.dense_weight() if rows is None else None
    else:
        packed = model.packed(f"{name}.weight") if kind not in DTYPES else None
        rows = None if packed is None else _as_ggml(packed)
        values = cast("torch.Tensor", module.weight).detach() if rows is None else None
    if rows is not None:
        return rows
    assert values is not None
    return values.cpu().to(DTYPES[kind]).contiguous().view(torch.uint8).view(len(values), -1)


def _as_ggml(packed: PackedTensor) -> torch.Tensor:
    """Rows of blocks. gpt-oss stores the same numbers in another order."""
    if packed.layout == "mxfp4":
        return mxfp4(packed.tensors["blocks"], packed.tensors["scales"])
    return packed.tensors["blocks"]
