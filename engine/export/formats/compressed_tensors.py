"""compressed-tensors: what transformers and vLLM load as it is. The integers leave as they were chosen.

pack-quantized: int4 and int8 weights, the bit stream of our own container in int32 words. int-quantized: int8 weights
with int8 activations. float-quantized: float8 weights. naive-quantized: integers with zero points, a byte each.
nvfp4-pack-quantized and mxfp4-pack-quantized: 4-bit floats, two a byte, with scales of 8 bits.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import nn

from engine.checkpoints.sequential_experts import sequential_experts
from engine.contracts.problem import Problem
from engine.export.base import ROUNDED
from engine.export.folder import unheld_problems
from engine.export.formats.expert_layers import NO_NAMES, ExpertLayers, routers
from engine.export.formats.unpackable import asked_for, without_samples
from engine.export.layer_problems import and_more, dense_embedding, refused_layers, unlike_siblings
from engine.export.options import DtypeOptions
from engine.export.safetensors_format import SafetensorsFormat
from engine.models.model import Model, Part
from engine.modules import CompressedModule
from engine.modules.quantized import Activations, QuantizedLinear
from engine.modules.quantized_embedding import QuantizedEmbedding
from engine.modules.tied import TiedLinear
from engine.numerics.quantization import packing
from engine.numerics.quantization.codes import from_unsigned, to_unsigned
from engine.numerics.quantization.scheme import Scheme

Scheme_ = dict[str, Any]
"""A value of config_groups, its targets left out."""


METHOD = "compressed-tensors"
"""The ``quant_method`` of config.json."""
FAST = (32, 64, 128)
"""Weights of a group that the fast integer kernels of vLLM take."""
EXPERTS = r"re:.*\.experts\..*"
"""The target by which transformers finds the scheme of experts, where a model has several."""
EXPERTS_DIFFER = "transformers unpacks all experts of a model in one way, and these differ"
_FORMATS = ("int4", "int8", "float8_e4m3", "nvfp4", "mxfp4")


class CompressedTensors(SafetensorsFormat):
    """Packed integers and floats, each layer in a scheme of its own."""

    id = "compressed-tensors"  # read without being imported
    title = "compressed-tensors"
    summary = (
        "Packed integers and floats that transformers and vLLM load directly: int4, int8, W8A8, float8, NVFP4, MXFP4."
    )
    quant_method = METHOD
    needs = frozenset({"quantized"})
    one_format_fused = "warning"

    def is_packed(self, module: CompressedModule) -> bool:
        """True for layers in a scheme."""
        return isinstance(module, QuantizedLinear)

    def tensors(self, model: Model, part: Part, options: DtypeOptions) -> Iterator[tuple[str, torch.Tensor]]:
        """The tensors of packed layers, and the dense ones under the names that transformers looks for beside them."""
        layout = _Layout.of(model)
        for name, module in model.compressed(part).items():
            if isinstance(module, QuantizedLinear):
                yield from layout.stored(name, module)
        for name, tensor in self.dense_tensors(model, part, options):
            if name in layout.experts.sequential:
                yield from layout.experts.split_dense(name, tensor)
            else:  # beside packed layers transformers takes single experts for packed
                yield layout.experts.name(name), tensor

    def quantization_config(self, model: Model, options: DtypeOptions) -> dict[str, Any]:
        """The entry of config.json."""
        return quantization_config(model)

    def keeps_values(self, model: Model, options: DtypeOptions) -> bool:
        """True where no scale of a whole tensor is written, as its reciprocal, and the dense tensors stay."""
        packed = [module for module in model.compressed().values() if isinstance(module, QuantizedLinear)]
        return all(module.tensor_scale is None for module in packed) and super().keeps_values(model, options)

    def problems(self, model: Model, options: DtypeOptions) -> list[Problem]:
        """Layers that can't be expressed, embeddings that are written dense, groups that fast kernels do not take."""
        problems = unheld_problems(model, options)
        linears: dict[str, CompressedModule] = {}
        for name, module in model.compressed().items():
            if isinstance(module, QuantizedEmbedding):
                problems.append(dense_embedding(name, module, options.cast(model.config_dtype)))
            elif not isinstance(module, TiedLinear):
                linears[name] = module
        names_by_reason = self._refused(model, linears)
        fine = {name: _quantized(linears[name]) for name in names_by_reason.pop("", [])}
        problems += refused_layers(names_by_reason, f"as {self.title}", "Export as dense or in the studio's container")
        layout = _Layout.of(model)
        quantized = {name: module for name, module in linears.items() if isinstance(module, QuantizedLinear)}
        problems += _unpacked_problems(layout, quantized)
        problems += unlike_siblings(model.anatomy, {n: m.scheme for n, m in quantized.items()}, "warning")
        if not linears:
            problems.append(Problem("error", "No linear layer is quantized", advice="Export as dense instead"))
        return [*problems, *_one_scale_problems(layout, fine), *_slow_group_problems(fine)]

    def why_not(self, module: CompressedModule) -> str:
        """The reason why a layer can't be expressed; "" if it can."""
        if not isinstance(module, QuantizedLinear):
            return f"it is of the kind '{module.KIND}', which the format does not know"
        scheme = module.scheme
        if module.transposed:
            return "it is a Conv1D with a transposed weight, and the format knows ordinary linear layers only"
        if scheme.format not in _FORMATS:
            return f"its weights are {scheme.format}, and the format takes {', '.join(_FORMATS)}"
        if scheme.zero_point == "float":
            return "its zero points are floating minima, and the format takes whole ones"
        if scheme.format == "float8_e4m3" and scheme.granularity == "group":
            return "its float8 scales are per group, and the format takes them per channel or per tensor"
        inputs = "" if module.activations is None else module.activations.format
        if inputs in ("nvfp4", "mxfp4") and inputs != scheme.format:
            return f"its inputs are rounded to {inputs}, and the format does so beside such weights only"
        if module.activations is not None and module.activations.clip != 1:
            return "its input is rounded to a clipped range, and the format takes the whole range"
        if module.activations is not None and module.activations.group:
            return "its input is rounded in groups of features, and the format takes one scale a token"
        return ""

    def why_not_expert(self, module: CompressedModule) -> str:
        """The reason why a layer of an expert can't be expressed; "" if it can. transformers unpacks experts when it
        loads them: they have no zero points there, and nothing rounds what enters them."""
        if reason := self.why_not(module):
            return reason
        assert isinstance(module, QuantizedLinear)
        if not module.scheme.symmetric:
            return "transformers reads no zero points of experts: choose symmetric weights"
        if module.activations is not None:
            return "transformers rounds no inputs of experts: compress weights only"
        if module.scheme.number.tensor_scale:
            return "transformers reads no experts in NVFP4: choose MXFP4 or integers"
        return ""

    def _refused(self, model: Model, linears: dict[str, CompressedModule]) -> dict[str, list[str]]:
        """Names of layers by the reason why they can't be expressed, "" for those that can."""
        experts = ExpertLayers.of(model, METHOD)
        inside = {name: module for name, module in linears.items() if experts.is_fused(name)}
        schemes = {module.scheme for module in inside.values() if isinstance(module, QuantizedLinear)}
        unpackable = self.unpackable(model, [name for name in linears if name not in inside])
        names_by_reason: dict[str, list[str]] = {}
        for name, module in linears.items():
            if name not in inside:
                reason = self.why_not(module) or unpackable.get(name, "")
            elif not (reason := self.why_not_expert(module)):
                fused = name.rpartition(".")[0]
                if not experts.layers(name):
                    reason = NO_NAMES
                elif len(schemes) > 1:
                    reason = EXPERTS_DIFFER
                elif any(f"{fused}.{index}" not in inside for index in range(len(experts.fused[fused]))):
                    reason = "transformers reads the experts of a layer packed or dense, not some of them"
            names_by_reason.setdefault(reason, []).append(name)
        return names_by_reason

    def unpackable(self, model: Model, layers: Collection[str]) -> Mapping[str, str]:
        """Layers whose weight the network asks for before it is unpacked."""
        return asked_for(model, layers)

    def sequential(self, model: Model) -> Collection[str]:
        """Names of the tensors of experts that transformers makes ordinary layers of."""
        return sequential_experts(model.module, METHOD)

    def together(self, schemes: Mapping[str, Scheme], experts: Collection[str]) -> list[Problem]:
        """An error for experts in several schemes."""
        inside = [name for name in schemes if name in experts]
        if len({schemes[name] for name in inside}) < 2:
            return []
        message = f"{and_more(inside)} could not be written: {EXPERTS_DIFFER}"
        return [Problem("error", message, where=inside[0], advice="Quantize all experts alike")]

    def tolerance(self, model: Model, options: DtypeOptions) -> float:
        """Layers that transformers dequantizes when it loads them are rounded to the dtype of their scales."""
        layout = _Layout.of(model)
        quantized = {name: m for name, m in model.compressed().items() if isinstance(m, QuantizedLinear)}
        early = {name: module for name, module in quantized.items() if layout.unpacks_early(name, module)}
        short = [name for name, module in quantized.items() if module.scheme.number.group_size]
        if any(name not in early or layout.experts.is_fused(name) for name in short):
            return ROUNDED[torch.bfloat16]  # it computes all of the model in that, or unpacks experts to it
        scales = (
            tensor.dtype
            for name, module in early.items()
            for key, tensor in layout.tensors(name, module)
            if key == f"{name}.weight_scale"
        )
        return max((ROUNDED.get(dtype, 0.0) for dtype in scales), default=0.0)


def _unpacked_problems(layout: _Layout, quantized: Mapping[str, QuantizedLinear]) -> list[Problem]:
    """A warning for integers of 4 bits that take a byte each."""
    short = [name for name, module in quantized.items() if module.scheme.format == "int4"]
    wide = [name for name in short if layout.form(quantized[name]) != "pack-quantized"]
    if not wide:
        return []
    message = (
        f"The 4-bit integers of {len(wide)} layers are stored a byte each: transformers can't read zero points "
        "packed beside other schemes or rounded activations"
    )
    return [Problem("warning", message, where=wide[0], advice="Symmetric weights are packed")]


def _slow_group_problems(quantized: Mapping[str, QuantizedLinear]) -> list[Problem]:
    """A warning for groups of integers that fast kernels do not take."""
    for name, module in quantized.items():
        scheme = module.scheme
        if scheme.granularity == "group" and scheme.number.kind == "integer" and scheme.group_size not in FAST:
            message = f"The fast kernels of vLLM take groups of 32, 64 or 128 weights, not {scheme.group_size}"
            return [Problem("warning", message, where=name, advice="transformers loads it all the same")]
    return []


def _one_scale_problems(layout: _Layout, linears: Mapping[str, QuantizedLinear]) -> list[Problem]:
    """Experts that transformers makes layers of, and many shared ones, get their tokens without a dimension for
    samples: of those the library compressed-tensors takes all rows together where one scale for each token is asked
    for."""
    rounding = [
        name
        for name, module in linears.items()
        if module.activations is not None
        and not module.activations.scale
        and module.activations.format in ("int", "float8_e4m3")
    ]
    roles = {linear.name: linear.role for linear in layout.model.anatomy.linears}
    flat = without_samples(layout.model, [name for name in rounding if roles.get(name, "").startswith("shared")])
    names = [name for name in rounding if layout.experts.is_expert(name) or name in flat]
    if not names:
        return []
    message = (
        f"In transformers the inputs of {len(names)} layers of experts are rounded with one scale for all tokens that "
        "an expert gets, here with one for each token: outputs differ a little"
    )
    return [Problem("warning", message, where=names[0], advice="Compress the weights of experts only")]


def _quantized(module: CompressedModule) -> QuantizedLinear:
    assert isinstance(module, QuantizedLinear)
    return module


# -- tensors -----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class _Layout:
    """The layout of the layers of a model. ``single``: all are quantized in the same way."""

    model: Model
    single: bool
    experts: ExpertLayers

    @classmethod
    def of(cls, model: Model) -> _Layout:
        linears = [m for m in model.compressed().values() if isinstance(m, QuantizedLinear)]
        ways = {(m.scheme, None if m.activations is None else replace(m.activations, scale=0.0)) for m in linears}
        return cls(model, len(ways) == 1, ExpertLayers.of(model, METHOD))

    def form(self, module: QuantizedLinear) -> str:
        """The word for a layer's layout.

        Packed zero points are read by transformers only on its dequantizing path (`unpacks_early`), which knows one
        way for the whole model and no activations: elsewhere the integers are stored plainly, a byte each.
        """
        scheme = module.scheme
        if scheme.number.kind == "float":
            return "float-quantized"
        if scheme.number.group_size:
            return f"{scheme.format}-pack-quantized"
        if module.activations is None:
            return "pack-quantized" if scheme.symmetric or self.single else "naive-quantized"
        plain = not scheme.symmetric or (scheme.format == "int8" and scheme.granularity != "group")
        return "int-quantized" if plain else "pack-quantized"

    def needs_unpacking(self, module: QuantizedLinear) -> bool:
        """True where transformers has to dequantize the model when it loads it. It can unpack 4-bit floats at the first
        forward pass too, but into bfloat16, whatever the model computes in."""
        if module.scheme.number.group_size:
            return self.single and module.activations is None
        return not module.scheme.symmetric and self.form(module) == "pack-quantized"

    def unpacks_early(self, name: str, module: QuantizedLinear) -> bool:
        """True where transformers dequantizes the layer when it loads it, as it does with experts in one tensor."""
        return self.experts.is_fused(name) or self.needs_unpacking(module)

    def stored(self, name: str, module: QuantizedLinear) -> Iterator[tuple[str, torch.Tensor]]:
        """The same under the names of published checkpoints, which have experts as layers of their own."""
        tensors = self.tensors(name, module)
        if self.experts.is_expert(name):
            yield from self.experts.split(name, ((key.removeprefix(name), tensor) for key, tensor in tensors))
        else:
            yield from ((self.experts.name(key), tensor) for key, tensor in tensors)

    def tensors(self, name: str, module: QuantizedLinear) -> Iterator[tuple[str, torch.Tensor]]:
        """A layer's tensors as the format names them; works on meta, but for the content of weight_shape."""
        number = module.scheme.number
        scales, zeros = module.scales, module.zero_points
        if zeros is not None:
            zeros = from_unsigned(packing.unpack(zeros, number.bits, scales.shape[1]), number)
        integer = number.kind == "integer"
        if module.scheme.granularity == "tensor" and integer:  # zero points are per channel or group
            scales = scales.expand(module.out_features, 1)
            zeros = None if zeros is None else zeros.expand(module.out_features, 1)
        if integer and self.unpacks_early(name, module) and self.model.config_dtype.itemsize > scales.element_size():
            scales = scales.to(self.model.config_dtype)  # it multiplies in the dtype of the scales
        if number.group_size:
            yield f"{name}.weight_packed", module.codes
            if module.tensor_scale is not None:  # scales are divided by it
                yield f"{name}.weight_global_scale", 1 / module.tensor_scale
        elif self.form(module) == "pack-quantized":
            yield f"{name}.weight_packed", packing.to_words(module.codes)
            yield f"{name}.weight_shape", torch.tensor([module.out_features, module.in_features])
            if zeros is not None:
                columns = packing.pack(to_unsigned(zeros, number).t(), number.bits)
                yield f"{name}.weight_zero_point", packing.to_words(columns).t()
        else:
            yield f"{name}.weight", module.quantized().codes
            if zeros is not None:
                yield f"{name}.weight_zero_point", zeros
        yield f"{name}.weight_scale", scales.reshape(-1) if scales.numel() == 1 and number.kind == "float" else scales
        if module.activations is not None and module.activations.scale:
            fixed = torch.tensor([module.activations.scale], device=scales.device)
            if module.activations.format == "nvfp4":
                yield f"{name}.input_global_scale", 1 / fixed
            else:
                yield f"{name}.input_scale", fixed
        if module.bias is not None:
            yield f"{name}.bias", module.bias


# -- config ------------------------------------------------------------------------------------------------------------
def quantization_config(model: Model) -> dict[str, Any]:
    """The entry of config.json: one group for each way in which layers are quantized, and who is left out."""
    layout = _Layout.of(model)
    groups: dict[str, tuple[Scheme_, list[str]]] = {}
    early = False
    for name, module in model.compressed().items():
        if isinstance(module, QuantizedLinear):
            scheme = {**_group(module), "format": layout.form(module)}
            targets = [EXPERTS] if layout.experts.is_fused(name) else layout.experts.layers(name) or [name]
            groups.setdefault(json.dumps(scheme), (scheme, []))[1].extend(targets)
            early = early or layout.needs_unpacking(module)
    formats = sorted({scheme["format"] for scheme, _ in groups.values()})
    return {
        "quant_method": METHOD,
        "format": formats[0] if len(formats) == 1 else "mixed-precision",
        "quantization_status": "compressed",
        "config_groups": {
            f"group_{index}": {"targets": ["Linear"] if len(groups) == 1 else list(dict.fromkeys(names)), **scheme}
            for index, (scheme, names) in enumerate(groups.values())
        },
        "ignore": _dense_linears(model, layout.experts),
        "kv_cache_scheme": None,
        "global_compression_ratio": None,
        **({"dequantize": True} if early else {}),
    }


def _dense_linears(model: Model, experts: ExpertLayers) -> list[str]:
    """Names of all linear layers that stay dense: a reader would expect them packed if they were not named. By both
    names, that of the network and that in files, where they differ; what stays in a tensor of experts has none."""
    linears = [name for name, m in model.module.named_modules() if isinstance(m, nn.Linear | TiedLinear)]
    names = [name for name in linears if not experts.is_expert(name)]
    names += [layer for name in linears if not experts.is_fused(name) for layer in experts.layers(name)]
    if experts.fused:
        names += [name for name in routers(model) if name not in names]
    return list(dict.fromkeys(alias for name in names for alias in (name, experts.name(name))))


def _group(module: QuantizedLinear) -> Scheme_:
    scheme = module.scheme
    weights: dict[str, Any] = {
        "num_bits": scheme.number.bits,
        "type": "int" if scheme.number.kind == "integer" else "float",
        "symmetric": scheme.symmetric,
        "strategy": "channel"
        if scheme.granularity == "tensor" and scheme.number.kind == "integer"
        else scheme.granularity,
        "dynamic": False,
    }
    if scheme.granularity == "group":
        weights["group_size"] = scheme.group_size
    if scheme.number.group_size:
        weights["scale_dtype"] = "torch.uint8" if scheme.format == "mxfp4" else f"torch.{scheme.scale_dtype}"
    if scheme.number.tensor_scale:
        weights["strategy"] = "tensor_group"
    return {"weights": weights, "input_activations": _inputs(module.activations), "output_activations": None}


def _inputs(activations: Activations | None) -> Scheme_ | None:
    """The rounding of the inputs of a layer."""
    if activations is None:
        return None
    common = {"num_bits": activations.bits, "type": "int" if activations.format == "int" else "float"}
    common["symmetric"] = activations.symmetric
    if activations.format == "mxfp4":
        return {**common, "strategy": "group", "group_size": 32, "dynamic": True, "scale_dtype": "torch.uint8"}
    if activations.format == "nvfp4":
        dtype = "torch.float8_e4m3fn"
        return {**common, "strategy": "tensor_group", "group_size": 16, "dynamic": "local", "scale_dtype": dtype}
    if activations.scale:
        return {**common, "strategy": "tensor", "dynamic": False}
    return {**common, "strategy": "token", "dynamic": True}


FORMAT = CompressedTensors()
