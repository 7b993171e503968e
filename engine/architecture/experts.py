"""Experts: matrices that a network keeps in one three-dimensional tensor, seen as one linear layer each.

A module that stands in the place of the tensor holds the linears and gives out, wherever the network takes a matrix, a
stand-in of it: a product with that runs the linear. So the network's own code decides which tokens an expert gets and
what happens between its products, and hooks, statistics and compressed layers work as for any linear.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import nn
from torch.nn import functional as F

from engine.base.errors import BadInput
from engine.checkpoints.packed import PackedTensor
from engine.modules import CompressedModule

_PLACES = re.compile(r"(^|\.)experts?\.|expert|(^|\.)(gate_up_proj|gate_proj|up_proj|down_proj|w[123])$")
_MODULES = re.compile(r"(^|\.)(input_linear|output_linear)\.weight$")
_PRODUCTS = (torch.matmul, torch.mm, torch.Tensor.matmul, torch.Tensor.mm, torch.Tensor.__matmul__)


@dataclass(frozen=True)
class Fused:
    """A tensor (experts, out, in), or (experts, in, out) if ``transposed``, and how many experts it has."""

    name: str
    count: int
    transposed: bool

    def of(self, index: int) -> str:
        """The name of one expert's weight."""
        return f"{self.name}.{index}.weight"


class ExpertLinears(nn.ModuleList):
    """Stands in the place of a tensor of matrices (experts, out, in), or (experts, in, out) if ``transposed``."""

    def __init__(self, linears: Iterable[nn.Module], shape: torch.Size, transposed: bool) -> None:
        super().__init__(linears)
        self.fused_shape = shape
        self.transposed = transposed

    def dense(self) -> torch.Tensor:
        """All matrices in one tensor of the shape that was there."""
        return torch.stack([_Matrix(linear, self.transposed).dense() for linear in self._modules.values()])

    def __getitem__(self, index: Any) -> Any:
        """The stand-in of one matrix; several as a tensor."""
        single = isinstance(index, int) or (isinstance(index, torch.Tensor) and index.ndim == 0)
        if not single:
            return self.dense()[index]
        return _Matrix(self._modules[str(int(index) % len(self))], self.transposed)

    def __iter__(self) -> Iterator[nn.Module]:
        return iter(cast("Iterable[nn.Module]", self._modules.values()))

    def __getattr__(self, name: str) -> Any:
        if name in ("shape", "dtype", "device", "ndim"):
            return self.fused_shape if name == "shape" else 3 if name == "ndim" else getattr(_some(self), name)
        try:
            return super().__getattr__(name)
        except AttributeError:
            if not name.startswith("_") and hasattr(torch.Tensor, name):  # another use of the tensor than a product
                return getattr(self.dense(), name)
            raise

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func in (torch.bmm, torch.Tensor.bmm, *_PRODUCTS) and len(args) == 2 and not kwargs:
            x, matrices = args
            if isinstance(matrices, ExpertLinears) and matrices.transposed and getattr(x, "ndim", 0) == 3:
                pairs = zip(x, matrices, strict=True)
                return torch.stack([linear(rows) for rows, linear in pairs])
        return _with_dense(func, args, kwargs)


class _Matrix:
    """Stands for one matrix: (out, in), or (in, out) if ``transposed``."""

    def __init__(self, linear: nn.Module, transposed: bool) -> None:
        self._linear, self._transposed = linear, transposed

    def dense(self) -> torch.Tensor:
        """The matrix as a tensor."""
        linear = self._linear
        weight = linear.dense_weight() if isinstance(linear, CompressedModule) else linear.weight
        assert isinstance(weight, torch.Tensor)
        return weight.t() if self._transposed else weight

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or not hasattr(torch.Tensor, name):
            raise AttributeError(name)
        return getattr(self.dense(), name)

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        options = dict(kwargs or {})
        matrix = args[1] if len(args) > 1 else None
        if isinstance(matrix, _Matrix) and isinstance(args[0], torch.Tensor):
            if func is F.linear and not matrix._transposed:
                bias = args[2] if len(args) > 2 else options.get("bias")
                output = matrix._linear(args[0])
                return output if bias is None else output + bias
            if func in _PRODUCTS and matrix._transposed:
                return matrix._linear(args[0])
        return _with_dense(func, args, kwargs)


def separate_experts(root: nn.Module) -> tuple[Fused, ...]:
    """Put linears in the place of every tensor of experts below ``root``; the new weights are views of the old tensor.
    Gives what was there."""
    fused: list[Fused] = []
    for name, owner in list(root.named_modules()):
        for leaf, parameter in list(owner._parameters.items()):
            full = f"{name}.{leaf}" if name else leaf
            if parameter is None or not _holds_experts(full, owner, parameter):
                continue
            transposed = _is_transposed(owner, leaf, parameter)
            linears = [_linear(parameter[index], transposed) for index in range(len(parameter))]
            del owner._parameters[leaf]
            owner.register_module(leaf, ExpertLinears(linears, parameter.shape, transposed))
            fused.append(Fused(full, len(linears), transposed))
            config = getattr(owner, "config", None)
            if getattr(config, "_experts_implementation", "eager") != "eager":
                config._experts_implementation = "eager"  # type: ignore[union-attr] # one product for each expert
    return tuple(fused)


def fused_tensors(root: nn.Module, is_included: Callable[[str], bool]) -> Iterator[tuple[str, ExpertLinears]]:
    """The names of the tensors of experts below ``root`` that ``is_included`` says yes to, and what stands in their
    place."""
    for name, module in root.named_modules():
        if isinstance(module, ExpertLinears) and is_included(name):
            yield name, module


class SeparatedSource:
    """A checkpoint whose tensors of experts can be read matrix by matrix.

    The last such tensor is kept until its last matrix was read: they are read one behind the other.
    """

    def __init__(self, source: Any, fused: Iterable[Fused]) -> None:
        self._source = source
        there = set(source.names())
        self._parts: Mapping[str, tuple[Fused, int]] = {
            tensor.of(index): (tensor, index)
            for tensor in fused
            for index in range(tensor.count)
            if tensor.name in there and tensor.of(index) not in there
        }
        self._hidden = {fused.name for fused, _ in self._parts.values()}
        self._kept: tuple[str, torch.Tensor] | None = None

    def names(self) -> Iterable[str]:
        """All names."""
        return (*(name for name in self._source.names() if name not in self._hidden), *self._parts)

    def dtype(self, name: str) -> torch.dtype | None:
        """The dtype that `load` will give, as far as the headers tell."""
        part = self._parts.get(name)
        dtype: torch.dtype | None = self._source.dtype(name if part is None else part[0].name)
        return dtype

    def load(self, name: str) -> torch.Tensor:
        """One tensor on the CPU."""
        part = self._parts.get(name)
        if part is None:
            whole: torch.Tensor = self._source.load(name)
            return whole
        fused, index = part
        cached = self._kept
        tensor = cached[1] if cached is not None and cached[0] == fused.name else self._source.load(fused.name)
        if tensor.ndim != 3 or len(tensor) != fused.count:
            raise BadInput(
                "The experts of a layer do not have the shape that config.json says",
                where=fused.name,
                why=f"the tensor is {' x '.join(map(str, tensor.shape))}, {fused.count} matrices are needed",
                advice="get the model again",
            )
        self._kept = None if index == fused.count - 1 else (fused.name, tensor)
        matrix = tensor[index].t() if fused.transposed else tensor[index]
        return matrix.clone(memory_format=torch.contiguous_format)

    def packed(self, name: str) -> PackedTensor | None:
        """One matrix as it lies there; None for one that is not packed, or not matrix by matrix."""
        part = self._parts.get(name)
        if part is None:
            packed: PackedTensor | None = self._source.packed(name)
            return packed
        fused, index = part
        whole = self._source.packed(fused.name)
        if whole is None or whole.layout != "mxfp4":
            return None
        tensors = {role: tensor[index].clone() for role, tensor in whole.tensors.items()}
        shape = whole.shape[:0:-1] if fused.transposed else whole.shape[1:]
        return PackedTensor("mxfp4", tensors, shape, {**whole.options, "turned": fused.transposed}, whole.word)


def _holds_experts(name: str, owner: nn.Module, parameter: torch.Tensor) -> bool:
    """True for a tensor that holds matrices of experts: it has three dimensions, and its module says so."""
    if parameter.ndim != 3 or min(parameter.shape) < 2 or type(owner).__module__.startswith("torch.nn"):
        return False
    return bool(_PLACES.search(name) or _MODULES.search(name))


def _is_transposed(owner: nn.Module, leaf: str, parameter: torch.Tensor) -> bool:
    """True where the matrices are (in, out): the module says so, or the shapes of its two tensors fit together only
    that way."""
    said = getattr(owner, "is_transposed", None)
    if isinstance(said, bool):
        return said
    others = [p.shape for key, p in owner._parameters.items() if p is not None and p.ndim == 3 and key != leaf]
    others += [module.fused_shape for module in owner._modules.values() if isinstance(module, ExpertLinears)]
    if not others:
        return False
    pair = (parameter.shape, others[0])
    first, second = pair if "down" not in leaf and leaf != "w2" else pair[::-1]
    # (out, in): the first reads as many values as the second gives
    return first[2] != second[1] and first[1] == second[2]


def _linear(matrix: torch.Tensor, transposed: bool) -> nn.Linear:
    weight = matrix.t() if transposed else matrix
    linear = nn.Linear(weight.shape[1], weight.shape[0], bias=False, device="meta")
    linear.weight = nn.Parameter(weight, requires_grad=False)
    return linear.eval()


def _some(linears: ExpertLinears) -> torch.Tensor:
    weight: torch.Tensor = next(iter(linears[0]._linear.state_dict(keep_vars=True).values()))
    return weight


def _with_dense(func: Any, args: Any, kwargs: Any) -> Any:
    """Any other function gets tensors: right, and without the hooks of the linears."""

    def plain(value: Any) -> Any:
        if isinstance(value, (_Matrix, ExpertLinears)):
            return value.dense()
        return type(value)(map(plain, value)) if isinstance(value, (tuple, list)) else value

    return func(*map(plain, args), **{key: plain(value) for key, value in (kwargs or {}).items()})
