"""What checkpoints of GPTQ and AWQ share: integers in int32 words along one side, float16 scales, zero points with
every group, one scheme for the whole file.

Weights are (in, out) there, w = scale · (code − zero point) with codes from 0. Symmetric integers have the zero point
2^(b−1). The scales keep their signs: the layout computes with either.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import torch
from torch import nn

from engine.architecture.anatomy import Anatomy
from engine.base.human import bytes_text
from engine.contracts.problem import Problem
from engine.export import folder as folders
from engine.export.base import DtypeOptions, Progress
from engine.export.shards import Planned, shards
from engine.models.model import Model, Part
from engine.modules import CompressedModule
from engine.modules.quantized import QuantizedLinear
from engine.modules.quantized_embedding import QuantizedEmbedding
from engine.modules.tied import TiedLinear
from engine.numerics.quantization.codes import to_unsigned
from engine.numerics.quantization.scheme import Scheme

FUSED = (("q", "k", "v"), ("gate", "up"))
"""Roles whose weights servers put into one matrix."""
Named = Iterator[tuple[str, torch.Tensor]]
Layer = Callable[[str, QuantizedLinear], Named]
"""A layer's tensors as a format names them; works on meta."""


# -- what can be expressed ---------------------------------------------------------------------------------------------
def why_not(module: CompressedModule, bits: tuple[int, ...]) -> str:
    """Why a layer can't be expressed in integers of these numbers of bits; empty if it can."""
    if not isinstance(module, QuantizedLinear):
        return f"it is of the kind '{module.KIND}', which the format does not know"
    scheme = module.scheme
    word = 32 // bits[0] if len(bits) == 1 else 32
    if module.transposed:
        return "it is a Conv1D with a transposed weight, and the format knows ordinary linear layers only"
    if scheme.number.kind != "integer" or scheme.number.bits not in bits:
        known = ", ".join(f"int{each}" for each in bits)
        return f"its weights are {scheme.format}, and the format takes {known}"
    if scheme.zero_point == "float":
        return "its zero points are floating minima, and the format takes whole ones"
    if scheme.granularity == "tensor":
        return "it has one scale for the whole tensor, and the format takes them per group or per channel"
    if scheme.scale_dtype != "float16":
        return f"its scales are {scheme.scale_dtype}, and the format takes float16"
    if module.activations is not None:
        return "it rounds its inputs, which the format does not"
    if module.in_features % word or module.out_features % word:
        shape = f"{module.out_features} x {module.in_features}"
        return f"its shape, {shape}, is not a multiple of the {word} integers that are packed together"
    return ""


def problems(
    model: Model, title: str, bits: tuple[int, ...], unpackable: Mapping[str, str] = MappingProxyType({})
) -> list[Problem]:
    """Layers that can't be expressed, layers that are fused in servers and differ, embeddings that are written
    dense. ``unpackable``: reasons by name that lie in the network."""
    found: list[Problem] = []
    reasons: dict[str, list[str]] = {}
    experts = folders.experts_of(model)
    for name, module in model.compressed().items():
        if isinstance(module, QuantizedEmbedding):
            size = bytes_text(module.out_features * module.in_features * model.config_dtype.itemsize)
            found.append(Problem("warning", f"The quantized embedding is written dense ({size})", where=name))
        elif not isinstance(module, TiedLinear):
            reason = folders.IN_ONE_TENSOR if name in experts else why_not(module, bits) or unpackable.get(name, "")
            reasons.setdefault(reason, []).append(name)
    fine = reasons.pop("", [])
    for reason, names in reasons.items():
        more = f" (and {len(names) - 1} more layers)" if len(names) > 1 else ""
        message = f"{names[0]}{more} can't be written as {title}: {reason}"
        found.append(Problem("error", message, where=names[0], advice="Export as compressed-tensors, or as dense"))
    if not fine and not reasons:
        found.append(Problem("error", "No linear layer is quantized to integers", advice="Export as dense instead"))
    schemes = {name: module.scheme for name, module in packed(model).items()}
    return found + fused_problems(model.anatomy, schemes)


def one_scheme_problems(schemes: Mapping[str, Scheme], title: str) -> list[Problem]:
    """That a format which has one scheme for a whole file is given several."""
    if len(set(schemes.values())) < 2:
        return []
    first, other = sorted(set(map(words, schemes.values())))[:2]
    message = f"{title} has one scheme for all layers, and these have {first} and {other}"
    return [Problem("error", message, advice="Quantize all layers alike, or export as compressed-tensors")]


def fused_problems(anatomy: Anatomy, schemes: dict[str, Scheme], severity: Any = "error") -> list[Problem]:
    """Layers that servers fuse (q, k, v; gate, up) and that are not in one format, or of which some stay dense."""
    found = []
    for layer in anatomy.layers:
        for roles in FUSED:
            siblings = [x for x in layer.linears if x.role in roles and x.layer is not None]
            ways = {x.name: words(schemes[x.name]) if x.name in schemes else "dense" for x in siblings}
            if len(set(ways.values())) > 1 and len({x.input_group for x in siblings}) == 1:
                told = ", ".join(f"{name.rpartition('.')[2]} {way}" for name, way in ways.items())
                found.append(
                    Problem(
                        severity,
                        f"Layer {layer.index}: servers such as vLLM put {' and '.join(ways)} into one matrix, which "
                        f"takes one format, and they have {told}",
                        where=next(iter(ways)),
                        advice="Quantize them alike, or leave all of them out",
                    )
                )
                return found
    return found


def words(scheme: Scheme) -> str:
    """Format, groups and zero points in a few words."""
    grain = f"groups of {scheme.group_size}" if scheme.granularity == "group" else f"one scale a {scheme.granularity}"
    zeros = "minima" if scheme.zero_point == "float" else "zero points"
    return f"{scheme.format}, {grain}" + ("" if scheme.symmetric else f", with {zeros}")


def packed(model: Model, part: Part | None = None) -> dict[str, QuantizedLinear]:
    """The layers in integers, by name."""
    return {name: module for name, module in model.compressed(part).items() if isinstance(module, QuantizedLinear)}


def most_common(model: Model) -> Scheme:
    """The scheme of most layers."""
    return Counter(module.scheme for module in packed(model).values()).most_common(1)[0][0]


def group_size(scheme: Scheme) -> int:
    """As both formats spell it: −1 for one scale an output channel."""
    return scheme.group_size if scheme.granularity == "group" else -1


def dense_linears(model: Model) -> list[str]:
    """Linear layers of the decoder that stay dense."""
    there = packed(model)
    names = [linear.name for linear in model.anatomy.linears]
    return [name for name in names if name not in there and isinstance(model.get(name), nn.Linear)]


# -- tensors -----------------------------------------------------------------------------------------------------------
def codes_and_zeros(module: QuantizedLinear) -> tuple[torch.Tensor, torch.Tensor]:
    """Codes from 0 (in, out) and zero points from 0 (groups, out), uint8."""
    number, made = module.scheme.number, module.quantized()
    zeros = torch.zeros_like(made.scales, dtype=torch.int8) if made.zero_points is None else made.zero_points
    return to_unsigned(made.codes, number).t(), to_unsigned(zeros, number).t()


def tensors(model: Model, part: Part, options: DtypeOptions, layer: Layer) -> Named:
    """Everything that is written of a part."""
    for name, module in packed(model, part).items():
        yield from layer(name, module)
        yield f"{name}.scales", module.scales.t().contiguous()
        if module.bias is not None:
            yield f"{name}.bias", module.bias.to(options.cast(module.bias.dtype))
    yield from folders.cast_tensors(model, part, lambda _, module: isinstance(module, QuantizedLinear), options)


def plan(model: Model, options: DtypeOptions, layer: Layer) -> list[Planned]:
    """What will be written."""
    found = (each for part in model.parts for each in tensors(model, part, options, layer))
    return [Planned.like(name, tensor) for name, tensor in found]


def keeps_values(model: Model, options: DtypeOptions) -> bool:
    """See `ExportFormat`."""
    return folders.keeps_values(model, options, lambda _, module: isinstance(module, QuantizedLinear))


def expected_bytes(model: Model, options: DtypeOptions, layer: Layer) -> int:
    """Exact."""
    return sum(shard.nbytes for shard in shards(plan(model, options, layer)))


def write(
    model: Model, folder: Path, options: DtypeOptions, progress: Progress, layer: Layer, quantization: dict[str, Any]
) -> None:
    """A whole folder. ``quantization``: the entry of config.json."""
    config = folders.config_of(model, options, quantization)
    planned = plan(model, options, layer)
    folders.write_folder(model, folder, planned, lambda part: tensors(model, part, options, layer), config, progress)
