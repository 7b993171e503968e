"""bitsandbytes: NF4 and FP4 weights that transformers loads as it is. The codes leave as they were chosen.

A layer is ``weight`` (two codes a byte), ``weight.absmax``, with double quantization ``weight.nested_absmax``, their
tables, and ``weight.quant_state.bitsandbytes__nf4``: the rest as JSON in bytes.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from typing import Any

import torch
from torch import nn

from engine.contracts.problem import Problem
from engine.export.base import ROUNDED
from engine.export.folder import IN_ONE_TENSOR, experts_of, unheld_problems
from engine.export.formats.expert_layers import ExpertLayers
from engine.export.formats.unpackable import kept_dense
from engine.export.layer_problems import dense_embedding, refused_layers
from engine.export.options import DtypeOptions
from engine.export.safetensors_format import SafetensorsFormat
from engine.models.model import Model, Part
from engine.modules import CompressedModule
from engine.modules.adapted import AdaptedLinear
from engine.modules.blockwise import BlockwiseLinear
from engine.modules.quantized import QuantizedLinear
from engine.modules.quantized_embedding import QuantizedEmbedding
from engine.modules.tied import TiedLinear
from engine.numerics.quantization.blockwise import NESTED, SIZES, BlockFormat, Blockwise, dynamic_levels, levels

METHOD = "bitsandbytes"
"""The ``quant_method`` of config.json."""
_ONE_BY_ONE = "it is one of experts that transformers loads one by one, which are only written dense"
_STATE = "weight.quant_state.bitsandbytes__"
_WIDEST_GAP = 0.16
"""Of the largest value: more than half of the widest gap between two NF4 values."""
_ADVICE = "Use NF4 and FP4 with the format NF4 or FP4 (bitsandbytes), or export as dense"


class BitsAndBytes(SafetensorsFormat):
    """NF4 and FP4 in blocks."""

    id = "bitsandbytes"  # read without being imported
    title = "bitsandbytes"
    summary = "NF4 and FP4 that transformers loads directly, on GPUs and CPUs; what QLoRA trains on."
    quant_method = METHOD
    needs = frozenset({"quantized"})
    rounds_inputs = False

    def problems(self, model: Model, options: DtypeOptions) -> list[Problem]:
        """Layers that can't be expressed, embeddings that are written dense."""
        problems = unheld_problems(model, options)
        names_by_reason: dict[str, list[str]] = {}
        experts, layers = experts_of(model), ExpertLayers.of(model, METHOD)
        unpackable = self.unpackable(model, model.compressed())
        for name, module in model.compressed().items():
            if isinstance(module, QuantizedEmbedding):
                problems.append(dense_embedding(name, module, options.cast(model.config_dtype)))
            elif not isinstance(module, TiedLinear):
                in_experts = IN_ONE_TENSOR if layers.is_fused(name) else _ONE_BY_ONE
                reason = in_experts if name in experts else self.why_not(module) or unpackable.get(name, "")
                names_by_reason.setdefault(reason, []).append(name)
        fine = names_by_reason.pop("", [])
        problems += crossing_problems({name: model.get(name) for name in fine})
        problems += refused_layers(names_by_reason, f"for {self.title}", _ADVICE)
        if not fine and not names_by_reason:
            problems.append(Problem("error", "No linear layer is in NF4 or FP4", advice=_ADVICE))
        return problems

    def why_not(self, module: CompressedModule) -> str:
        """The reason why a layer can't be expressed; "" if it can."""
        if isinstance(module, BlockwiseLinear):
            return "" if module.form in ("nf4", "fp4") else "bitsandbytes' 4-bit float has other values than E2M1"
        if isinstance(module, AdaptedLinear):
            return "it has an adapter beside it: export as PEFT, which puts the 4-bit base in bitsandbytes' form"
        if not isinstance(module, QuantizedLinear):
            return f"it is of the kind '{module.KIND}', which bitsandbytes does not know"
        scheme = module.scheme
        if scheme.format != "nf4":
            return f"its weights are {scheme.format}, and the format takes NF4 and FP4"
        if scheme.granularity != "group" or scheme.group_size not in SIZES:
            return f"its scales are not per block of {', '.join(map(str, SIZES))} weights"
        if module.activations is not None:
            return "it rounds its inputs, which bitsandbytes does not"
        return ""

    def why_not_expert(self, module: CompressedModule) -> str:
        """No layer of an expert can be expressed."""
        return IN_ONE_TENSOR

    def unpackable(self, model: Model, layers: Collection[str]) -> Mapping[str, str]:
        """Layers that the network keeps in float32."""
        return kept_dense(model, layers)

    def is_packed(self, module: CompressedModule) -> bool:
        """True for 4 bits in blocks."""
        return isinstance(module, BlockwiseLinear | QuantizedLinear)

    def tensors(self, model: Model, part: Part, options: DtypeOptions) -> Iterator[tuple[str, torch.Tensor]]:
        """The tensors of packed layers, and the dense ones under the names that transformers looks for beside them."""
        dtype = options.cast(model.config_dtype)
        for name, module in model.compressed(part).items():
            if isinstance(module, BlockwiseLinear | QuantizedLinear):
                yield from layer_tensors(name, module, dtype)
        experts = ExpertLayers.of(model, METHOD)
        for name, tensor in self.dense_tensors(model, part, options):
            if name in experts.sequential:
                yield from experts.split_dense(name, tensor)
            else:
                yield name, tensor

    def quantization_config(self, model: Model, options: DtypeOptions) -> dict[str, Any]:
        """The entry of config.json, of all packed layers."""
        packed = [(name, module) for name, module in model.compressed().items() if self.is_packed(module)]
        return quantization_config(model, packed, str(options.cast(model.config_dtype)).removeprefix("torch."))

    def tolerance(self, model: Model, options: DtypeOptions) -> float:
        """bitsandbytes unpacks the codes to the dtype of the model, and multiplies in it."""
        return ROUNDED.get(options.cast(model.config_dtype), 0.0)


def crossing_problems(layers: Mapping[str, nn.Module]) -> list[Problem]:
    """A warning for layers, by name, that bitsandbytes computes wrongly on this CPU."""
    crossing = [name for name, module in layers.items() if _crosses(module)]
    if not crossing or not crosses_wrongly():
        return []
    message = (
        f"On this CPU bitsandbytes computes {len(crossing)} layers wrongly, whose blocks run over the ends of rows"
    )
    advice = "GPUs do it right; the verification runs on the CPU, and will fail. Smaller blocks fit"
    return [Problem("warning", message, where=crossing[0], advice=advice)]


@functools.cache
def crosses_wrongly() -> bool:
    """True where bitsandbytes does not give back what it was given if blocks run over the ends of rows: its kernels for
    the CPU differ by processor, so rows of a block and a half are tried."""
    from bitsandbytes import functional as theirs

    weight = torch.randn(64, 96, generator=torch.Generator().manual_seed(1))
    packed, state = theirs.quantize_4bit(weight, blocksize=64, quant_type="nf4")
    return bool((theirs.dequantize_4bit(packed, state) - weight).abs().max() > _WIDEST_GAP * weight.abs().max())


# -- tensors -----------------------------------------------------------------------------------------------------------
def _form(module: CompressedModule) -> BlockFormat:
    return module.form if isinstance(module, BlockwiseLinear) else "nf4"


def _crosses(module: nn.Module) -> bool:
    return isinstance(module, BlockwiseLinear) and module.in_features % module.size != 0


def _blocks(module: BlockwiseLinear | QuantizedLinear) -> tuple[Blockwise, int]:
    """The codes as bitsandbytes packs them, and the block size; works on meta."""
    if isinstance(module, BlockwiseLinear):
        return module.blocks(), module.size
    codes = module.quantized().codes.reshape(-1)
    return Blockwise(codes[::2] << 4 | codes[1::2], module.scales.reshape(-1).float()), module.scheme.group_size


def layer_tensors(
    name: str, module: BlockwiseLinear | QuantizedLinear, dtype: torch.dtype
) -> Iterator[tuple[str, torch.Tensor]]:
    """A layer's tensors as the format names them."""
    blocks, size = _blocks(module)
    yield f"{name}.weight", blocks.codes[:, None]
    yield f"{name}.weight.absmax", blocks.scales
    yield f"{name}.weight.quant_map", levels(_form(module))
    state: dict[str, Any] = {
        "quant_type": _form(module),
        "blocksize": size,
        "dtype": str(dtype).removeprefix("torch."),
        "shape": [module.out_features, module.in_features],
    }
    if blocks.nested_scales is not None and blocks.offset is not None:
        yield f"{name}.weight.nested_absmax", blocks.nested_scales
        yield f"{name}.weight.nested_quant_map", dynamic_levels()
        state |= {"nested_blocksize": NESTED, "nested_dtype": "float32"}
        offset = 0.0 if blocks.offset.is_meta else float(blocks.offset)
        text = f'{json.dumps(state)[:-1]}, "nested_offset": {offset:.17e}}}'  # as long for every offset
    else:
        text = json.dumps(state)
    yield f"{name}.{_STATE}{_form(module)}", torch.tensor(list(text.encode()), dtype=torch.uint8)
    if module.bias is not None:
        yield f"{name}.bias", module.bias


def quantization_config(model: Model, packed: Sequence[tuple[str, CompressedModule]], dtype: str) -> dict[str, Any]:
    """The entry of config.json, as transformers' BitsAndBytesConfig spells it. What holds for single layers is in their
    own tensors. ``packed``: the layers in 4 bits by name."""
    first = packed[0][1]
    return {
        "quant_method": METHOD,
        "load_in_4bit": True,
        "load_in_8bit": False,
        "bnb_4bit_quant_type": _form(first),
        "bnb_4bit_use_double_quant": isinstance(first, BlockwiseLinear) and first.nested,
        "bnb_4bit_compute_dtype": dtype,
        "bnb_4bit_quant_storage": "uint8",
        "llm_int8_skip_modules": _dense_linears(model, {name for name, _ in packed}),
    }


def _dense_linears(model: Model, packed: Set[str]) -> list[str]:
    """Names of all linear layers that stay dense: a reader would expect them packed if they were not named."""
    linears = [*(linear.name for linear in model.anatomy.linears), *filter(None, [model.anatomy.head])]
    dense = {name for name, m in model.module.named_modules() if isinstance(m, nn.Linear | TiedLinear)}
    experts = ExpertLayers.of(model, METHOD)
    apart = {layer for name in (dense | set(linears)) for layer in experts.layers(name) if not experts.is_fused(name)}
    return sorted((dense | set(linears) | apart) - packed)


FORMAT = BitsAndBytes()
