"""The base of all compressed modules, and the list of their kinds."""

from __future__ import annotations

import abc
import functools
import importlib
import pkgutil
from typing import Any, ClassVar, Self

import torch
from torch import nn

from engine.base.errors import BadInput
from engine.base.plugins import PluginRefused, add_plugins, left_out


class WeightReader:
    """Stands for the weight of a compressed layer where a network takes it as a tensor: it can be read, not changed."""

    dtype = torch.float32

    def __init__(self, module: CompressedModule) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name.endswith("_") or not hasattr(torch.Tensor, name):
            raise AttributeError(f"the weight of a compressed layer has no '{name}'")
        return getattr(self._module.dense_weight(), name)

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        arguments = [
            argument._module.dense_weight() if isinstance(argument, WeightReader) else argument for argument in args
        ]
        return func(*arguments, **(kwargs or {}))


class CompressedModule(nn.Module, abc.ABC):
    """A layer in the place of a dense one.

    Its packed tensors are buffers or parameters under the names that `packed_tensors` gives; those names, prefixed
    by the module's path, are the names in an artifact. Exporters read these methods and nothing else.
    """

    KIND: ClassVar[str]
    """The word in compression.json; of a built-in one also the name of the file that the class is in."""
    ADDED: ClassVar[bool] = False
    """True: it stands beside the layers of a module instead of replacing one, and has no dense equal."""
    ONLINE: ClassVar[str] = ""
    """The effect on activations that only this program's own container can express, e.g. "rotates its input"."""
    ADVICE: ClassVar[str] = ""
    """Advice for a result without that effect, e.g. "Run SpinQuant in its variant 'no-had'"."""

    def __init__(self) -> None:
        super().__init__()
        self._dense: torch.Tensor | None = None

    def __getattr__(self, name: str) -> Any:
        """Some networks read the weight of a layer, or ask for its dtype: they get a stand-in."""
        try:
            return super().__getattr__(name)
        except AttributeError:
            if name == "weight":
                return WeightReader(self)
            raise

    def register_parameter(self, name: str, param: nn.Parameter | None) -> None:
        """As of any module; also for one whose own tensor is called "weight"."""
        if name == "weight":
            self._parameters.setdefault(name, None)
        super().register_parameter(name, param)

    def register_buffer(self, name: str, tensor: torch.Tensor | None, persistent: bool = True) -> None:
        """As of any module; also for one whose own tensor is called "weight"."""
        if name == "weight":
            self._buffers.setdefault(name, None)
        super().register_buffer(name, tensor, persistent)

    @abc.abstractmethod
    def dense_weight(self) -> torch.Tensor:
        """The weight of the dense equal in float32, in the shape and orientation of the layer it replaced."""

    @property
    def exact_dtype(self) -> torch.dtype:
        """The narrowest dtype that holds the dense weight to the bit."""
        return torch.float32

    def packed_tensors(self) -> dict[str, torch.Tensor]:
        """The tensors that go to disk, by name relative to the module, a bias too: the buffers that are set."""
        return dict(self.named_buffers(recurse=False))

    def bits(self) -> int:
        """All bits of the packed tensors: codes, scales, zero points, vectors, bias."""
        return sum(8 * tensor.numel() * tensor.element_size() for tensor in self.packed_tensors().values())

    @abc.abstractmethod
    def spec(self) -> dict[str, Any]:
        """JSON description, with which `from_spec` builds an empty equal: ``{"kind": KIND, ...}``."""

    @classmethod
    @abc.abstractmethod
    def from_spec(cls, spec: dict[str, Any], original: nn.Module) -> Self:
        """An equal with its tensors on the meta device; ``original`` is the dense layer whose place it takes."""

    def trainable(self) -> nn.Module | None:
        """A module that computes the same and whose parameters can be trained, what makes it compressed (a mask, a
        rank) held fast; its method ``compressed()`` gives the compressed module back. None: it stays frozen, and
        gradients only pass through it. May be this module itself."""
        return None

    @property
    def online(self) -> str:
        """`ONLINE`, also of what it is made of."""
        return self.ONLINE

    @property
    def advice(self) -> str:
        """`ADVICE`, also of what it is made of."""
        return self.ADVICE

    @property
    def reads(self) -> tuple[str, ...]:
        """Names of modules of other parts whose tensors have to be loaded with it."""
        return ()

    def connect(self, root: nn.Module) -> None:
        """Find other modules that this one reads, after it was put in place (a tied head: the embedding)."""

    def cache_dense_weight(self, dtype: torch.dtype | None) -> None:
        """Keep the dense weight in ``dtype`` for many forward passes, or drop it (None). Costs its memory."""
        self._dense = None if dtype is None else self.dense_weight().to(dtype)

    def use_kernels(self, enabled: bool) -> tuple[str, ...]:
        """Hold what kernels for packed weights read while few tokens come at a time, or drop it; gives their names, ()
        where there are none. What they compute is a little less exact than the product with the dense weight."""
        return ()

    def weight_for(self, x: torch.Tensor) -> torch.Tensor:
        """The dense weight in the dtype and on the device of ``x``."""
        weight = self.dense_weight() if self._dense is None else self._dense
        return weight.to(device=x.device, dtype=x.dtype)


class CompressedLinear(CompressedModule):
    """One that stands in the place of a linear layer and packs its whole weight (out, in); a bias stays as it is.

    transposed: it stands for a Conv1D, whose dense weight is (in, out); what is packed is (out, in) all the same.
    Its constructor takes what `form_arguments` gives, ``out_features``, ``in_features``, ``bias``, ``transposed``.
    """

    out_features: int
    in_features: int
    transposed: bool
    bias: torch.Tensor | None

    @abc.abstractmethod
    def form_spec(self) -> dict[str, Any]:
        """JSON description of how the weight is packed."""

    @classmethod
    @abc.abstractmethod
    def form_arguments(cls, spec: dict[str, Any]) -> dict[str, Any]:
        """The arguments of the constructor for a description with `form_spec` in it."""

    @abc.abstractmethod
    def matrix(self) -> torch.Tensor:
        """The weight as float32 (out, in)."""

    def dense_weight(self) -> torch.Tensor:
        """The weight in float32, oriented like that of the layer it replaced."""
        return self.matrix().t() if self.transposed else self.matrix()

    def spec(self) -> dict[str, Any]:
        """A description: packing, shape, bias, orientation."""
        return {
            "kind": self.KIND,
            **self.form_spec(),
            "outputs": self.out_features,
            "inputs": self.in_features,
            "bias": self.bias is not None,
            "transposed": self.transposed,
        }

    @classmethod
    def from_spec(cls, spec: dict[str, Any], original: nn.Module) -> Self:
        """An equal on the meta device."""
        make: Any = cls
        layer: Self = make(
            **cls.form_arguments(spec),
            out_features=spec["outputs"],
            in_features=spec["inputs"],
            bias=torch.empty(spec["outputs"], device="meta") if spec["bias"] else None,
            transposed=spec["transposed"],
        )
        return layer


@functools.cache
def _kinds() -> dict[str, type[CompressedModule]]:
    """All kinds by their words, then those of other packages. A duplicate word is an error; of plug-ins, the one that
    has it is left out."""
    import engine.modules as package

    by_name: dict[str, type[CompressedModule]] = {}
    for file in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        for value in vars(importlib.import_module(file.name)).values():
            if not (isinstance(value, type) and issubclass(value, CompressedModule) and "KIND" in vars(value)):
                continue
            if by_name.setdefault(value.KIND, value) is not value:
                raise RuntimeError(_why_refused(value, by_name))

    def add(value: Any, origin: str) -> None:
        if not (isinstance(value, type) and issubclass(value, CompressedModule)):
            raise PluginRefused("it is not a subclass of CompressedModule")
        if not isinstance(getattr(value, "KIND", None), str) or not value.KIND:
            raise PluginRefused("it has no KIND")
        if missing := getattr(value, "__abstractmethods__", None):
            raise PluginRefused(f"it lacks {', '.join(sorted(missing))}")
        if value.KIND in by_name:
            raise PluginRefused(_why_refused(value, by_name))
        by_name[value.KIND] = value

    add_plugins("compression_studio.modules", add)
    return by_name


def _why_refused(value: type[CompressedModule], by_name: dict[str, type[CompressedModule]]) -> str:
    there = by_name[value.KIND]
    return f"two compressed modules are called '{value.KIND}': {there.__module__}, {value.__module__}"


def kind(name: str, where: str = "") -> type[CompressedModule]:
    """The class of a kind; raises `BadInput` if this version does not know it."""
    if name not in _kinds():
        refused = [str(plugin) for plugin in left_out() if plugin.group == "compression_studio.modules"]
        raise BadInput(
            f"The artifact holds a layer of the unknown kind '{name}'",
            where=where,
            why="; ".join(refused),
            advice="update the program, or install the plug-in that has it",
        )
    return _kinds()[name]
