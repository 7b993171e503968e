"""A model: its skeleton, where its tensors lie, what its parts are. Weights are loaded part by part, or all at once."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import nn

from engine.contracts.errors import BadInput
from engine.models.anatomy import Anatomy, Linear
from engine.models.modules import CompressedModule
from engine.models.structure import Structure


class TensorSource(Protocol):
    """Where tensors lie; names are the Hugging Face ones, as in the skeleton's state dict."""

    def names(self) -> Iterable[str]:
        """All names."""

    def load(self, name: str) -> torch.Tensor:
        """One tensor on the CPU in its stored dtype (GGUF blocks are dequantized to float32)."""


@dataclass
class Part:
    """A piece of a model that is loaded, worked on, stored and freed together."""

    model: Model
    name: str
    roots: tuple[str, ...]
    """Names of the modules that belong to it with all that is below them."""

    @functools.cached_property
    def linears(self) -> tuple[Linear, ...]:
        """The linears of the anatomy (the head is not one of them) that lie in this part, in order of execution."""
        return tuple(linear for linear in self.model.anatomy.linears if self.owns(linear.name))

    def owns(self, name: str) -> bool:
        """Whether a module or tensor name lies in this part."""
        return any(root == "" or name == root or name.startswith(root + ".") for root in self.roots)


@dataclass
class Model:
    """A model in work.

    Attributes
    ----------
    module: the network; parameters that are not loaded lie on the meta device.
    source: where the tensors are read from.
    config: config.json as a dict; a method that changes shapes changes this too.
    history: the steps that led here, oldest first: ``{"method", "settings", "figures", …}``.
    companions: files that travel with the model unread (tokenizer, generation config, chat template).
    """

    structure: Structure
    module: nn.Module
    source: TensorSource
    anatomy: Anatomy
    config: dict[str, Any]
    companions: tuple[Path, ...] = ()
    history: tuple[dict[str, Any], ...] = ()
    _sources: dict[str, TensorSource] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        """The folder or file that it was opened from."""
        return self.structure.path

    # -- parts -----------------------------------------------------------------------------------------------------
    @functools.cached_property
    def parts(self) -> tuple[Part, ...]:
        """Everything, cut into pieces: what comes before the layers, each layer, what comes after. A model of unknown
        anatomy is cut at its top-level modules."""
        if not self.anatomy.layers:
            return tuple(Part(self, name, (name,)) for name in self._leaves(set()))
        layers = [layer.name for layer in self.anatomy.layers]
        before: list[str] = []
        after: list[str] = []
        for name in self._leaves(set(layers)):
            early = name in self.anatomy.embeddings or any(e.startswith(name + ".") for e in self.anatomy.embeddings)
            (before if early else after).append(name)
        parts = [Part(self, "embeddings", tuple(before))] if before else []
        parts += [Part(self, name, (name,)) for name in layers]
        return (*parts, *([Part(self, "head", tuple(after))] if after else []))

    def _leaves(self, stops: set[str]) -> list[str]:
        """Names of the largest modules that neither are nor hold one of ``stops``, and that hold tensors."""

        def walk(module: nn.Module, name: str) -> Iterator[str]:
            for child_name, child in module.named_children():
                full = f"{name}.{child_name}".lstrip(".")
                if full in stops:
                    continue
                if any(stop.startswith(full + ".") for stop in stops):
                    yield from walk(child, full)
                elif isinstance(child, CompressedModule) or any(True for _ in child.state_dict(keep_vars=True)):
                    yield full

        return list(walk(self.module, "")) or [""]

    def part(self, name: str) -> Part:
        """The part with this name."""
        return next(part for part in self.parts if part.name == name)

    # -- tensors ----------------------------------------------------------------------------------------------------
    def load(
        self, part: Part | None = None, *, dtype: torch.dtype | None = None, device: torch.device | str = "cpu"
    ) -> Model:
        """Load a part, or everything. ``dtype`` casts the dense floating tensors (packed ones stay as they are).

        Raises `BadInput` if the checkpoint lacks a tensor that the network needs.
        """
        missing: list[str] = []
        for name in self._slots(part):
            owner, leaf = self._owner(name)
            tensor = getattr(owner, leaf)
            if tensor.device.type == "meta":
                source = self._find(name)
                if source is None:
                    if not self._is_tied(name):
                        missing.append(name)
                    continue
                tensor = source.load(name)
            if dtype is not None and tensor.is_floating_point() and not isinstance(owner, CompressedModule):
                tensor = tensor.to(dtype)
            _assign(owner, leaf, tensor.to(device))
        self._tie()
        if missing:
            raise BadInput(
                "The checkpoint lacks tensors",
                where=str(self.path),
                why=f"{len(missing)} are missing, the first is {missing[0]}",
                advice="download or copy the model again",
            )
        return self

    def free(self, part: Part | None = None) -> None:
        """Send the tensors of a part (or of everything) back to the meta device; what was not stored is lost."""
        for name in self._slots(part):
            owner, leaf = self._owner(name)
            _assign(owner, leaf, getattr(owner, leaf).to("meta"))
        self._tie()

    def tensors(self, part: Part) -> dict[str, torch.Tensor]:
        """The tensors of a loaded part as they go to disk, packed ones for compressed modules, none for a tied head."""
        found: dict[str, torch.Tensor] = {}
        for name, module in self.compressed(part).items():
            found.update({f"{name}.{key}": tensor for key, tensor in module.packed_tensors().items()})
        for name in self._slots(part):
            owner, leaf = self._owner(name)
            if not isinstance(owner, CompressedModule) and not self._is_tied(name):
                found[name] = getattr(owner, leaf).detach()
        return found

    def specs(self, part: Part) -> dict[str, dict[str, Any]]:
        """The specs of the compressed modules of a part, by name."""
        return {name: module.spec() for name, module in self.compressed(part).items()}

    def compressed(self, part: Part | None = None) -> dict[str, CompressedModule]:
        """The compressed modules of a part, or all, by name."""
        return {
            name: module
            for name, module in self.module.named_modules()
            if isinstance(module, CompressedModule) and (part is None or part.owns(name))
        }

    def adopt(self, part: Part, source: TensorSource, specs: Mapping[str, dict[str, Any]]) -> None:
        """Take a stored part as this model's own: its compressed modules are put in place, its tensors are read from
        ``source`` from now on."""
        for name, spec in specs.items():
            self.replace(name, _built(spec, self.module.get_submodule(name), name, self.module))
        self.free(part)
        self._sources[part.name] = source

    # -- modules -----------------------------------------------------------------------------------------------------
    def replace(self, name: str, module: nn.Module) -> None:
        """Put ``module`` in the place of the one called ``name``."""
        parent, _, leaf = name.rpartition(".")
        setattr(self.module.get_submodule(parent), leaf, module)

    def get(self, name: str) -> nn.Module:
        """The module with this name."""
        return self.module.get_submodule(name)

    def untie(self) -> None:
        """Give the head a weight of its own. The embedding must be loaded; the file grows by the head."""
        if not self.anatomy.tied or self.anatomy.head is None:
            return
        head = self.get(self.anatomy.head)
        embedding = self.get(self.anatomy.embeddings[0])
        assert isinstance(embedding, nn.Embedding) and isinstance(head, nn.Linear)
        head.weight = nn.Parameter(embedding.weight.detach().clone(), requires_grad=False)
        self.anatomy = self.anatomy.untied()
        self.config = {**self.config, "tie_word_embeddings": False}

    # -- inside ------------------------------------------------------------------------------------------------------
    def _slots(self, part: Part | None) -> list[str]:
        """Names of all parameters and persistent buffers of a part, tied ones under each of their names."""
        names = self.module.state_dict(keep_vars=True).keys()
        return [name for name in names if part is None or part.owns(name)]

    def _owner(self, name: str) -> tuple[nn.Module, str]:
        owner, _, leaf = name.rpartition(".")
        return self.module.get_submodule(owner), leaf

    def _find(self, name: str) -> TensorSource | None:
        for part_name, source in self._sources.items():
            if self.part(part_name).owns(name):
                return source if name in set(source.names()) else None
        return self.source if name in self._known else None

    @functools.cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self.source.names())

    def _is_tied(self, name: str) -> bool:
        return self.anatomy.tied and self.anatomy.head is not None and name == f"{self.anatomy.head}.weight"

    def _tie(self) -> None:
        if not self.anatomy.tied or self.anatomy.head is None:
            return
        head, embedding = self.get(self.anatomy.head), self.get(self.anatomy.embeddings[0])
        if isinstance(head, nn.Linear) and isinstance(embedding, nn.Embedding):
            head.weight = embedding.weight


def _assign(owner: nn.Module, leaf: str, tensor: torch.Tensor) -> None:
    if leaf in owner._parameters:
        owner._parameters[leaf] = nn.Parameter(tensor.detach(), requires_grad=False)
    else:
        owner._buffers[leaf] = tensor.detach()


def _built(spec: dict[str, Any], original: nn.Module, name: str, root: nn.Module) -> CompressedModule:
    from engine.models.modules import kind

    built = kind(str(spec.get("kind")), where=name).from_spec(spec, original)
    built.connect(root)
    return built
