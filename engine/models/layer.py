"""One owner of a linear layer in work: its weight as (out, in), what stands beside it, and what takes its place.

`Linear` (`engine.architecture.anatomy`) describes a layer by name and shape; `LinearLayer` is that layer of a loaded
model. (A *layer* of an anatomy is a decoder layer, hence the longer name.)

- Reading: `weight`, `mask` and `shape` are (out, in) whatever the storage order is: GPT-2's Conv1D stores (in, out). A
  compressed layer gives its dense equal. `bias`, `dtype` and `device` belong to it.
- Writing: `replace` puts a module in place, `set_weight` changes the weight of a dense layer; `packed` and
  `dense_linear` make modules for the same place.
- Refusing: formulas raise ValueError for numbers that they can't work with; `refusing` names the layers in a
  `RunFailed`.
- Reporting: `compared` measures a new weight against the old one, `LinearLayer.report` sends that to the stage.

`oriented` is the only place where (out, in) meets storage order; it is its own inverse.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, cast

import torch
from torch import nn
from transformers.pytorch_utils import Conv1D

from engine.architecture.anatomy import Linear
from engine.base.errors import RunFailed
from engine.contracts.events import Histogram
from engine.models.model import Model
from engine.models.stage import Stage
from engine.modules import CompressedModule
from engine.modules.ggml import GgmlWeight
from engine.modules.packed import PackedLinear, packed_linear
from engine.modules.quantized import Activations, QuantizedWeight
from engine.modules.sparse import SparseLinear
from engine.numerics import statistics
from engine.numerics.quantization.scheme import Quantized, Scheme

SAMPLE = 1 << 16
"""Weights of a layer that its live statistics are taken from: whole rows, evenly spread. All of a small layer."""
Report = tuple[dict[str, float], Histogram, Histogram]
"""Metrics, histogram before, histogram after: the arguments of `Stage.layer`."""


class HasOrder(Protocol):
    """A description of a linear, or a module in its place."""

    @property
    def transposed(self) -> bool:
        """True if the dense weight is stored as (in, out)."""


def oriented(weight: torch.Tensor, linear: HasOrder) -> torch.Tensor:
    """A weight in storage order as (out, in), and one that is (out, in) in storage order; a view."""
    return weight.t() if linear.transposed else weight


def stored_weight(module: nn.Module) -> torch.Tensor:
    """The weight of a dense layer, or of the dense equal of a compressed one, in storage order."""
    if isinstance(module, CompressedModule):
        return module.dense_weight()
    return cast(torch.Tensor, module.weight).detach()


def weight_of(module: nn.Module, linear: HasOrder) -> torch.Tensor:
    """The weight (out, in) of a dense layer, or of the dense equal of a compressed one, without a gradient."""
    return oriented(stored_weight(module).detach(), linear)


def bias_of(module: nn.Module) -> torch.Tensor | None:
    """The bias (out,) of a layer without a gradient; None if it has none."""
    bias = cast("torch.Tensor | None", getattr(module, "bias", None))
    return None if bias is None else bias.detach()


def mask_of(module: nn.Module) -> torch.Tensor | None:
    """Bool (out, in), True for the weights that a pruned layer keeps; None for other layers."""
    return module.kept_mask() if isinstance(module, SparseLinear) else None


@dataclass(frozen=True)
class LinearLayer:
    """A linear layer of a model in work. It holds no tensor: each property reads the module that is in place now."""

    model: Model
    linear: Linear

    @property
    def name(self) -> str:
        """The name of its module."""
        return self.linear.name

    @property
    def module(self) -> nn.Module:
        """The dense or compressed module that is in place."""
        return self.model.get(self.linear.name)

    @property
    def weight(self) -> torch.Tensor:
        """See `weight_of`."""
        return weight_of(self.module, self.linear)

    @property
    def bias(self) -> torch.Tensor | None:
        """See `bias_of`."""
        return bias_of(self.module)

    @property
    def stored_bias(self) -> torch.Tensor | None:
        """The bias in the dtype of its file; that of a compressed layer as it is."""
        bias = self.bias
        if bias is None or isinstance(self.module, CompressedModule):
            return bias
        return bias.to(self.model.stored_dtype(f"{self.name}.bias"))

    @property
    def mask(self) -> torch.Tensor | None:
        """See `mask_of`."""
        return mask_of(self.module)

    @property
    def dtype(self) -> torch.dtype:
        """Dtype of the values on disk: of the file for a dense layer, of the kept values of a pruned one, else
        float32."""
        module = self.module
        if isinstance(module, CompressedModule):
            return module.values.dtype if isinstance(module, SparseLinear) else torch.float32
        return self.model.stored_dtype(f"{self.name}.weight")

    @property
    def device(self) -> torch.device:
        """Device of its tensors."""
        module = self.module
        return next(tensor.device for tensors in (module.parameters(), module.buffers()) for tensor in tensors)

    def packed(
        self,
        scheme: Scheme,
        quantized: Quantized,
        *,
        shape: Sequence[int] | None = None,
        activations: Activations | None = None,
    ) -> PackedLinear:
        """A module for its place with this quantized weight and its bias. ``shape``: (out, in), where that is not the
        one that the anatomy describes. ValueError for groups that do not fit."""
        outputs, inputs = shape or (self.linear.out_features, self.linear.in_features)
        module = packed_linear(
            scheme, outputs, inputs, bias=self.bias, transposed=self.linear.transposed, activations=activations
        )
        module.set_quantized(quantized)
        return module

    def sparse(self, weight: torch.Tensor, mask: torch.Tensor) -> SparseLinear:
        """A module for its place that keeps the weights (out, in) where the mask is True, in the dtypes of the file."""
        return SparseLinear.of(weight, mask, dtype=self.dtype, bias=self.stored_bias, transposed=self.linear.transposed)

    def replace(self, module: nn.Module) -> None:
        """Put a module in its place; a compressed one finds the modules that it reads."""
        replace(self.model, self.name, module)

    def set_weight(self, weight: torch.Tensor) -> None:
        """Give a dense layer another weight (out, in), in the dtype of that."""
        self.module.weight = nn.Parameter(oriented(weight, self.linear).contiguous(), requires_grad=False)

    def report(
        self, stage: Stage, before: torch.Tensor, after: QuantizedWeight | GgmlWeight | torch.Tensor, **more: float
    ) -> None:
        """Send the statistics of a new weight against the old one (out, in) to the stage; ``more`` metrics come
        last."""
        metrics, old, new = compared(before, after)
        stage.layer(self.name, {**metrics, **more}, old, new)


def replace(model: Model, name: str, module: nn.Module) -> None:
    """Put ``module`` in the place of the one called ``name``; a compressed one finds the modules that it reads."""
    model.replace(name, module)
    if isinstance(module, CompressedModule):
        module.connect(model.module)


def stacked_masks(layers: Sequence[LinearLayer]) -> torch.Tensor | None:
    """The masks (out, in) of layers on top of each other, all True for a layer that is not pruned; None if none is."""
    masks = [layer.mask for layer in layers]
    if all(mask is None for mask in masks):
        return None
    device = layers[0].device
    return torch.cat(
        [
            torch.ones(layer.linear.out_features, layer.linear.in_features, dtype=torch.bool, device=device)
            if mask is None
            else mask.to(device)
            for layer, mask in zip(layers, masks, strict=True)
        ]
    )


def dense_linear(linear: Linear, weight: torch.Tensor, bias: torch.Tensor | None) -> nn.Module:
    """A dense layer with this weight (out, in), of the kind and in the storage order that ``linear`` describes."""
    with torch.device("meta"):
        module = (
            Conv1D(linear.out_features, linear.in_features)
            if linear.transposed
            else nn.Linear(linear.in_features, linear.out_features, device="meta")
        )
    module.weight = nn.Parameter(oriented(weight, linear).contiguous(), requires_grad=False)
    if bias is None and linear.transposed:  # Conv1D always has one
        bias = torch.zeros(linear.out_features, dtype=weight.dtype)
    module.bias = None if bias is None else nn.Parameter(bias.detach(), requires_grad=False)
    return module.to(weight.device)


@contextlib.contextmanager
def refusing(done: str, where: str, advice: str = "check the model") -> Iterator[None]:
    """Turn the ValueError of a formula into `RunFailed` for the layers ``where``. ``done``: "quantized", "pruned" …"""
    try:
        yield
    except ValueError as error:
        raise RunFailed(f"A layer can't be {done}", where=where, why=str(error), advice=advice) from None


def compared(weight: torch.Tensor, after: QuantizedWeight | GgmlWeight | torch.Tensor) -> Report:
    """Statistics of the new weight (out, in), from about `SAMPLE` of its values, against the same of the old one."""
    rows = torch.arange(0, weight.shape[0], -(-weight.numel() // SAMPLE), device=weight.device)
    before = weight.index_select(0, rows).float()
    if isinstance(after, torch.Tensor):
        sample = after.index_select(0, rows).float()
        tensors = [after]
    else:
        sample = after.matrix(rows)
        tensors = [tensor for name, tensor in after.packed_tensors().items() if name != "bias"]
    moments = statistics.moments(sample)
    signal, noise = statistics.squares(before, sample)
    metrics = {
        "parameters": float(weight.numel()),
        "bits_per_weight": sum(8 * tensor.numel() * tensor.element_size() for tensor in tensors) / weight.numel(),
        "sparsity": moments.sparsity,
        "minimum": moments.minimum,
        "maximum": moments.maximum,
        "standard_deviation": moments.standard_deviation,
        "kurtosis": moments.kurtosis,
    }
    if signal and noise:
        metrics |= {"sqnr_db": statistics.decibels(signal, noise), "error": (noise / signal) ** 0.5}
    extremes = torch.stack(torch.aminmax(before)).tolist()
    low, high = min(extremes[0], moments.minimum), max(extremes[1], moments.maximum)
    counts = [statistics.histogram(x, low, high) for x in (before, sample)]
    return metrics, Histogram(low, high, counts[0]), Histogram(low, high, counts[1])
