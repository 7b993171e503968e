"""The layout that checkpoints of GPTQ and AWQ share: integers in int32 words along one side, float16 scales, zero
points with every group, one scheme for the whole file.

Weights are (in, out) there, w = scale · (code − zero point) with codes from 0. Symmetric integers have the zero point
2^(b−1). The scales keep their signs: the layout computes with either.
"""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from collections.abc import Iterator
from typing import ClassVar, Literal

import torch
from torch import nn

from engine.contracts.problem import Problem
from engine.export.base import Trait
from engine.export.folder import IN_ONE_TENSOR, experts_of, unheld_problems
from engine.export.layer_problems import dense_embedding, refused_layers, unlike_siblings
from engine.export.options import DtypeOptions
from engine.export.safetensors_format import SafetensorsFormat
from engine.models.model import Model, Part
from engine.modules import CompressedModule
from engine.modules.quantized import QuantizedLinear
from engine.modules.quantized_embedding import QuantizedEmbedding
from engine.modules.tied import TiedLinear
from engine.numerics.quantization.codes import to_unsigned
from engine.numerics.quantization.scheme import Scheme


class Int32Format(SafetensorsFormat):
    """A folder of quantized layers in that layout. A subclass says with `layer_tensors` how words are packed, and with
    `together` which schemes one file may hold."""

    bits: ClassVar[tuple[int, ...]]
    """Bits of the integers that the format takes."""
    needs: ClassVar[frozenset[Trait]] = frozenset({"quantized"})
    rounds_inputs = False
    one_format_fused: ClassVar[Literal["", "warning", "error"]] = "error"

    @abstractmethod
    def layer_tensors(self, name: str, module: QuantizedLinear) -> Iterator[tuple[str, torch.Tensor]]:
        """A layer's codes and zero points as the format names them; works on the meta device."""

    def is_packed(self, module: CompressedModule) -> bool:
        """True for integers in a scheme."""
        return isinstance(module, QuantizedLinear)

    def tensors(self, model: Model, part: Part, options: DtypeOptions) -> Iterator[tuple[str, torch.Tensor]]:
        """Codes, zero points, scales and bias of each packed layer, and all other tensors."""
        for name, module in quantized_linears(model, part).items():
            yield from self.layer_tensors(name, module)
            yield f"{name}.scales", module.scales.t().contiguous()
            if module.bias is not None:
                yield f"{name}.bias", module.bias.to(options.cast(module.bias.dtype))
        yield from self.dense_tensors(model, part, options)

    def problems(self, model: Model, options: DtypeOptions) -> list[Problem]:
        """Layers that can't be expressed or are in another scheme than others, embeddings that are written dense."""
        problems = unheld_problems(model, options)
        names_by_reason: dict[str, list[str]] = {}
        experts = experts_of(model)
        schemes = {name: module.scheme for name, module in quantized_linears(model).items()}
        unpackable = self.unpackable(model, schemes)
        for name, module in model.compressed().items():
            if isinstance(module, QuantizedEmbedding):
                problems.append(dense_embedding(name, module, options.cast(model.config_dtype)))
            elif not isinstance(module, TiedLinear):
                reason = IN_ONE_TENSOR if name in experts else self.why_not(module) or unpackable.get(name, "")
                names_by_reason.setdefault(reason, []).append(name)
        fine = names_by_reason.pop("", [])
        advice = "Export as compressed-tensors, or as dense"
        problems += refused_layers(names_by_reason, f"as {self.title}", advice)
        if not fine and not names_by_reason:
            message = "No linear layer is quantized to integers"
            problems.append(Problem("error", message, advice="Export as dense instead"))
        return [*problems, *unlike_siblings(model.anatomy, schemes), *self.together(schemes, experts)]

    def why_not(self, module: CompressedModule) -> str:
        """The reason why a layer can't be expressed in such integers; "" if it can."""
        if not isinstance(module, QuantizedLinear):
            return f"it is of the kind '{module.KIND}', which the format does not know"
        scheme = module.scheme
        word = 32 // self.bits[0] if len(self.bits) == 1 else 32
        if module.transposed:
            return "it is a Conv1D with a transposed weight, and the format knows ordinary linear layers only"
        if scheme.number.kind != "integer" or scheme.number.bits not in self.bits:
            integers = ", ".join(f"int{bits}" for bits in self.bits)
            return f"its weights are {scheme.format}, and the format takes {integers}"
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

    def why_not_expert(self, module: CompressedModule) -> str:
        """No layer of an expert can be expressed."""
        return IN_ONE_TENSOR


def quantized_linears(model: Model, part: Part | None = None) -> dict[str, QuantizedLinear]:
    """The layers in integers, by name."""
    return {name: module for name, module in model.compressed(part).items() if isinstance(module, QuantizedLinear)}


def dense_linears(model: Model) -> list[str]:
    """Names of the linear layers of the decoder that stay dense."""
    quantized = quantized_linears(model)
    names = [linear.name for linear in model.anatomy.linears]
    return [name for name in names if name not in quantized and isinstance(model.get(name), nn.Linear)]


def most_common_scheme(model: Model) -> Scheme:
    """The scheme of most layers."""
    return Counter(module.scheme for module in quantized_linears(model).values()).most_common(1)[0][0]


def group_size(scheme: Scheme) -> int:
    """The number of weights of a group as both formats spell it: −1 for one scale an output channel."""
    return scheme.group_size if scheme.granularity == "group" else -1


def codes_and_zeros(module: QuantizedLinear) -> tuple[torch.Tensor, torch.Tensor]:
    """Codes from 0 (in, out) and zero points from 0 (groups, out), uint8."""
    number, weight = module.scheme.number, module.quantized()
    zeros = torch.zeros_like(weight.scales, dtype=torch.int8) if weight.zero_points is None else weight.zero_points
    return to_unsigned(weight.codes, number).t(), to_unsigned(zeros, number).t()
