"""compressed-tensors: what transformers and vLLM load as it is. The integers leave as they were chosen.

pack-quantized: int4 and int8 weights, the bit stream of our own container in int32 words. int-quantized: int8 weights
with int8 activations. float-quantized: float8 weights.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import nn

from engine.contracts.errors import BadInput
from engine.contracts.human import bytes_text
from engine.contracts.problem import Problem
from engine.export import folder as folders
from engine.export.base import DtypeOptions, ExportFormat, Progress
from engine.export.shards import Planned, shards
from engine.models.model import Model, Part
from engine.models.modules import CompressedModule
from engine.models.modules.quantized import QuantizedLinear
from engine.models.modules.quantized_embedding import QuantizedEmbedding
from engine.models.modules.tied import TiedLinear
from engine.numerics import packing
from engine.numerics.formats import FORMATS
from engine.numerics.quantize import Quantized, Scheme, dequantize, from_unsigned, to_unsigned

Scheme_ = dict[str, Any]
"""A value of config_groups, its targets left out."""


# -- what can be expressed ---------------------------------------------------------------------------------------------
def why_not(module: CompressedModule) -> str:
    """Why a layer can't be expressed; empty if it can."""
    if not isinstance(module, QuantizedLinear):
        return f"it is of the kind '{module.KIND}', which the format does not know"
    scheme = module.scheme
    if module.transposed:
        return "it is a Conv1D with a transposed weight, and the format knows ordinary linear layers only"
    if scheme.format not in ("int4", "int8", "float8_e4m3"):
        return f"its weights are {scheme.format}, and the format takes int4, int8 and float8_e4m3"
    if scheme.format == "float8_e4m3" and scheme.granularity == "group":
        return "its float8 scales are per group, and the format takes them per channel or per tensor"
    return ""


def problems(model: Model, options: DtypeOptions) -> list[Problem]:
    """Layers that can't be expressed, embeddings that are written dense, groups that fast kernels do not take."""
    found: list[Problem] = []
    linears = {}
    for name, module in model.compressed().items():
        if isinstance(module, QuantizedEmbedding):
            size = bytes_text(module.outputs * module.inputs * options.cast(folders.config_dtype(model)).itemsize)
            message = f"The quantized embedding is written dense ({size}): programs can't look rows up in packed tables"
            found.append(Problem("warning", message, where=name, advice="The values stay the same"))
        elif not isinstance(module, TiedLinear):
            linears[name] = module
    reasons: dict[str, list[str]] = {}
    for name, module in linears.items():
        reasons.setdefault(why_not(module), []).append(name)
    slow = [n for n in reasons.pop("", []) if _scheme(linears[n]).group_size not in (32, 64, 128)]
    for reason, names in reasons.items():
        more = f" (and {len(names) - 1} more layers)" if len(names) > 1 else ""
        message = f"{names[0]}{more} can't be written as compressed-tensors: {reason}"
        found.append(Problem("error", message, where=names[0], advice="Export as dense or in the studio's container"))
    if not linears:
        found.append(Problem("error", "No linear layer is quantized", advice="Export as dense instead"))
    if slow and _scheme(linears[slow[0]]).granularity == "group":
        groups = _scheme(linears[slow[0]]).group_size
        message = f"The fast kernels of vLLM take groups of 32, 64 or 128 weights, not {groups}"
        found.append(Problem("warning", message, where=slow[0], advice="transformers loads it all the same"))
    return found


def _scheme(module: CompressedModule) -> Scheme:
    assert isinstance(module, QuantizedLinear)
    return module.scheme


# -- tensors -----------------------------------------------------------------------------------------------------------
def _is_packed(module: QuantizedLinear) -> bool:
    """Whether the integers are packed into words; plain int8 is for layers that compute with int8 activations."""
    plain = module.scheme.format == "int8" and module.activations is not None and module.scheme.granularity != "group"
    return module.scheme.number.kind == "integer" and not plain


def _packed(name: str, module: QuantizedLinear) -> Iterator[tuple[str, torch.Tensor]]:
    """A layer's tensors as the format names them; works on meta, but for the content of weight_shape."""
    number = module.scheme.number
    scales, zeros = module.scales, module.zero_points
    if zeros is not None:
        zeros = from_unsigned(packing.unpack(zeros, number.bits, scales.shape[1]), number)
    if module.scheme.granularity == "tensor" and number.kind == "integer":  # the format wants zero points per channel
        scales = scales.expand(module.outputs, 1)
        zeros = None if zeros is None else zeros.expand(module.outputs, 1)
    if _is_packed(module):
        yield f"{name}.weight_packed", packing.to_words(module.codes)
        yield f"{name}.weight_shape", torch.tensor([module.outputs, module.inputs])
        if zeros is not None:
            columns = packing.pack(to_unsigned(zeros, number).t().contiguous(), number.bits)
            yield f"{name}.weight_zero_point", packing.to_words(columns).t()
    else:
        yield f"{name}.weight", module.codes if number.kind == "float" else from_unsigned(module.codes, number)
        if zeros is not None:
            yield f"{name}.weight_zero_point", zeros
    yield f"{name}.weight_scale", scales.reshape(-1) if scales.numel() == 1 and number.kind == "float" else scales
    if module.bias is not None:
        yield f"{name}.bias", module.bias


def _tensors(model: Model, part: Part, options: DtypeOptions) -> Iterator[tuple[str, torch.Tensor]]:
    compressed = model.compressed(part)
    for name, module in compressed.items():
        if isinstance(module, QuantizedLinear):
            yield from _packed(name, module)
    for name, tensor in folders.dense_tensors(model, part, lambda _, module: isinstance(module, QuantizedLinear)):
        yield name, tensor.to(options.cast(tensor.dtype))


def _plan(model: Model, options: DtypeOptions) -> list[Planned]:
    return [Planned.like(name, tensor) for part in model.parts for name, tensor in _tensors(model, part, options)]


def expected_bytes(model: Model, options: DtypeOptions) -> int:
    """Exact."""
    return sum(shard.nbytes for shard in shards(_plan(model, options)))


def write(model: Model, folder: Path, options: DtypeOptions, progress: Progress) -> None:
    """See `ExportFormat`."""
    folders.refuse(problems(model, options))
    dtype = str(options.cast(folders.config_dtype(model))).removeprefix("torch.")
    config = {key: value for key, value in model.config.items() if key != "torch_dtype"}
    config |= {"dtype": dtype, "quantization_config": quantization_config(model)}
    folders.write_folder(
        model, folder, _plan(model, options), lambda part: _tensors(model, part, options), config, progress
    )


# -- config ------------------------------------------------------------------------------------------------------------
def quantization_config(model: Model) -> dict[str, Any]:
    """The entry of config.json: one group for each way in which layers are quantized, and who is left out."""
    groups: dict[str, tuple[Scheme_, list[str]]] = {}
    for name, module in model.compressed().items():
        if isinstance(module, QuantizedLinear):
            scheme = _group(module)
            groups.setdefault(json.dumps(scheme), (scheme, []))[1].append(name)
    formats = sorted({scheme["format"] for scheme, _ in groups.values()})
    return {
        "quant_method": "compressed-tensors",
        "format": formats[0] if len(formats) == 1 else "mixed-precision",
        "quantization_status": "compressed",
        "config_groups": {
            f"group_{index}": {"targets": ["Linear"] if len(groups) == 1 else names, **scheme}
            for index, (scheme, names) in enumerate(groups.values())
        },
        "ignore": _dense_linears(model),
        "kv_cache_scheme": None,
        "global_compression_ratio": None,
    }


def _dense_linears(model: Model) -> list[str]:
    """Names of all linear layers that stay dense: a reader would expect them packed if they were not named."""
    return [name for name, m in model.module.named_modules() if isinstance(m, nn.Linear | TiedLinear)]


def _group(module: QuantizedLinear) -> Scheme_:
    scheme = module.scheme
    weights: dict[str, Any] = {
        "num_bits": scheme.number.bits,
        "type": "float" if scheme.number.kind == "float" else "int",
        "symmetric": scheme.symmetric,
        "strategy": "channel"
        if scheme.granularity == "tensor" and scheme.number.kind == "integer"
        else scheme.granularity,
        "dynamic": False,
    }
    if scheme.granularity == "group":
        weights["group_size"] = scheme.group_size
    activations = module.activations and {
        "num_bits": module.activations.bits,
        "type": "int",
        "symmetric": module.activations.symmetric,
        "strategy": "token",
        "dynamic": True,
    }
    packed = "pack-quantized" if _is_packed(module) else "int-quantized"
    return {
        "weights": weights,
        "input_activations": activations,
        "output_activations": None,
        "format": "float-quantized" if scheme.number.kind == "float" else packed,
    }


# -- reading -----------------------------------------------------------------------------------------------------------
def read(folder: Path) -> Iterator[tuple[str, torch.Tensor]]:
    """See `ExportFormat`. Reads what `write` writes, by the config and the names alone."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    entry = config.get("quantization_config") or {}
    if entry.get("quant_method") != "compressed-tensors":
        raise BadInput("Not a compressed-tensors folder", where=str(folder))
    found = dict(folders.read_tensors(folder))
    by_name = {name: group for group in entry["config_groups"].values() for name in group["targets"]}
    for name in sorted(found):
        owner, _, leaf = name.rpartition(".")
        if leaf in ("weight_packed", "weight") and f"{owner}.weight_scale" in found:
            group = by_name.get(owner) or by_name["Linear"]
            yield f"{owner}.weight", _decoded(found, owner, group["weights"])
        elif not leaf.startswith("weight_"):
            yield name, found[name]


def _decoded(found: dict[str, torch.Tensor], name: str, weights: dict[str, Any]) -> torch.Tensor:
    number = FORMATS["float8_e4m3" if weights["type"] == "float" else f"int{weights['num_bits']}"]
    scales, zeros = found[f"{name}.weight_scale"], found.get(f"{name}.weight_zero_point")
    scales = scales.view(1, 1) if scales.ndim == 1 else scales
    if f"{name}.weight_packed" in found:
        outputs, inputs = found[f"{name}.weight_shape"].tolist()
        codes = _from_words(found[f"{name}.weight_packed"], number.bits, inputs)
        codes = from_unsigned(codes, number)
        if zeros is not None:
            zeros = from_unsigned(_from_words(zeros.t(), number.bits, outputs), number).t()
    else:
        codes = found[f"{name}.weight"]
    scheme = Scheme(number.name, symmetric=zeros is None)
    return dequantize(Quantized(codes, scales, zeros), scheme)


def _from_words(words: torch.Tensor, bits: int, columns: int) -> torch.Tensor:
    return packing.unpack(packing.from_words(words, bits, columns), bits, columns)


FORMAT = ExportFormat(
    id="compressed-tensors",
    title="compressed-tensors",
    summary="Packed integers or float8 that transformers and vLLM load directly: int4, int8, W8A8, float8.",
    options=DtypeOptions,
    problems=problems,
    expected_bytes=expected_bytes,
    write=write,
    read=read,
)
