"""A model with fewer experts: those that stay, and the rows of its routers that weigh them. A stock model where all
layers keep the same number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import torch
from torch import nn

from engine.architecture.expert_counts import with_counts
from engine.architecture.experts import ExpertLinears, separate_experts
from engine.architecture.recognition import find_anatomy
from engine.architecture.skeleton import build_skeleton
from engine.base.errors import BadInput
from engine.checkpoints.packed import PackedTensor
from engine.models.model import Model
from engine.modules import CompressedModule

Mix = tuple[tuple[int, float], ...]
"""Numbers of the experts that an expert is made of, and their shares, its own number first. For an unchanged one:
``((number, 1.0),)``."""
Experts = Mapping[str, tuple[Mix, ...]]
"""By the name of a module of experts: what is left."""


def with_fewer_experts(model: Model, experts: Experts) -> Model:
    """The model that is left, its tensors on the meta device: each is made when its part is loaded, out of what
    ``model`` holds in memory or in its files. ``model`` must stay as it is until every part of the new one was stored.

    Raises `BadInput` where the layers have different numbers already, or no config can say how many, and where several
    experts that are not dense would become one.
    """
    before = {_count(model, name) for name in experts}
    if len(before) != 1:
        raise _refused("its layers have different numbers of experts already")
    try:
        config = with_counts(model.config, before.pop(), {name: len(mixes) for name, mixes in experts.items()})
    except ValueError as error:
        raise _refused(str(error)) from error
    header = model.header.cut_to(config, dict(experts))
    module, filled = build_skeleton(header)
    separate_experts(module)
    source = _Fewer(model, experts, module)
    smaller = Model(header, module, source, find_anatomy(module, filled), config, model.companions, model.history)
    for part in smaller.parts:
        smaller.load_stored_part(part, source, {name: spec for name, spec in source.specs.items() if part.owns(name)})
    smaller.set_expected_dtypes(source.dtype)
    return smaller


def _count(model: Model, name: str) -> int:
    return next(len(child) for child in model.get(name).children() if isinstance(child, ExpertLinears))


def _refused(why: str) -> BadInput:
    return BadInput("The model can't have fewer experts", why=why, advice="choose another method")


class _Fewer:
    """The tensors of the new model, made of those of the old one. ``specs``: of its compressed modules, by name."""

    def __init__(self, old: Model, experts: Experts, module: nn.Module) -> None:
        self._old, self._experts = old, experts
        self._shapes = {name: tensor.shape for name, tensor in module.state_dict(keep_vars=True).items()}
        compressed = {name: self._compressed(name) for name, _ in module.named_modules()}
        self.specs = {name: layer.spec() for name, layer in compressed.items() if layer is not None}
        self._names = {name for name in self._shapes if name.rpartition(".")[0] not in self.specs}
        for name, layer in compressed.items():
            self._names |= {f"{name}.{key}" for key in (layer.packed_tensors() if layer is not None else ())}

    def names(self) -> Iterable[str]:
        """All names, those of the new model."""
        return self._names

    def dtype(self, name: str) -> torch.dtype | None:
        """Of a tensor."""
        old, _ = self._origin(name)
        owner, _, leaf = old.rpartition(".")
        tensor = getattr(self._old.get(owner), leaf)
        assert isinstance(tensor, torch.Tensor)
        return tensor.dtype

    def load(self, name: str) -> torch.Tensor:
        """One tensor on the CPU."""
        old, mix = self._origin(name)
        if len(mix) > 1:
            several = [(self._sibling(name, number), share) for number, share in mix]
            return self._mixed([(self._old.tensor(tensor_name).cpu(), share) for tensor_name, share in several])
        owner, _, leaf = name.rpartition(".")
        if owner in self.specs:
            module = self._compressed(owner)
            assert module is not None
            packed = module.packed_tensors()[leaf]
            return self._old.tensor(old).cpu() if packed.is_meta else packed.cpu()
        return self._cut(name, self._old.tensor(old).cpu())

    def packed(self, name: str) -> PackedTensor | None:
        """As the old model has it, where it is not mixed of several."""
        old, mix = self._origin(name)
        return self._old.packed(old) if len(mix) < 2 and name.rpartition(".")[0] not in self.specs else None

    # -- inside ------------------------------------------------------------------------------------------------------
    def _expert_of(self, name: str) -> tuple[str, str, int, str] | None:
        """Of something inside an expert: the module of experts, the tensor, the new number, what stands behind it."""
        for module in self._experts:
            if name.startswith(f"{module}."):
                tensor, _, rest = name.removeprefix(f"{module}.").partition(".")
                number, _, rest = rest.partition(".")
                return (module, tensor, int(number), rest) if number.isdigit() else None
        return None

    def _origin(self, name: str) -> tuple[str, Mix]:
        """The name in the old model (of the expert that stays), and what it is mixed of; () for all but experts."""
        expert = self._expert_of(name)
        if expert is None:
            return name, ()
        module, tensor, number, rest = expert
        mix = self._experts[module][number]
        return ".".join(filter(None, (module, tensor, str(mix[0][0]), rest))), mix

    def _sibling(self, name: str, number: int) -> str:
        """The old name of the same tensor of another expert."""
        expert = self._expert_of(name)
        assert expert is not None
        module, tensor, _, rest = expert
        if isinstance(self._old.get(f"{module}.{tensor}.{number}"), CompressedModule):
            raise BadInput(
                "Compressed experts can't be merged",
                where=f"{module}.{tensor}.{number}",
                advice="put this block before the one that compresses, or let the experts go without merging",
            )
        return f"{module}.{tensor}.{number}.{rest}"

    def _compressed(self, name: str) -> CompressedModule | None:
        """The old model's compressed module that becomes the new one of this name."""
        old = self._origin(name)[0]
        module = self._old.get(old) if old else self._old.module
        return module if isinstance(module, CompressedModule) else None

    @staticmethod
    def _mixed(several: list[tuple[torch.Tensor, float]]) -> torch.Tensor:
        total = sum(share for _, share in several)
        mean = sum((tensor.double() * (share / total) for tensor, share in several), torch.zeros(()))
        return mean.to(several[0][0].dtype)

    def _cut(self, name: str, tensor: torch.Tensor) -> torch.Tensor:
        """A tensor that has a row for each expert without those that go: of a router, or the biases of experts, which
        are mixed as their weights are."""
        new = self._shapes[name]
        if tensor.shape == new:
            return tensor
        axes = [axis for axis, (a, b) in enumerate(zip(tensor.shape, new, strict=False)) if a != b]
        module = max(self._experts, key=lambda prefix: _common(prefix, name))
        mixes = self._experts[module]
        if tensor.ndim != len(new) or len(axes) != 1 or new[axes[0]] != len(mixes):
            raise _refused(f"{name} is {tuple(tensor.shape)} and would have to be {tuple(new)}")
        if not name.startswith(f"{module}."):
            return tensor.index_select(axes[0], torch.tensor([mix[0][0] for mix in mixes]))
        rows = [self._mixed([(tensor.select(axes[0], number), share) for number, share in mix]) for mix in mixes]
        return torch.stack(rows, axes[0])


def _common(one: str, other: str) -> int:
    """Number of words that two names have in common at their beginning."""
    alike = [a == b for a, b in zip(one.split("."), other.split("."), strict=False)]
    return (*alike, False).index(False)
