"""A model: its skeleton, where its tensors lie, what its parts are. Weights are loaded part by part, or all at once."""

from __future__ import annotations

import copy
import functools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from engine import devices
from engine.architecture.anatomy import Anatomy, Linear
from engine.architecture.experts import ExpertLinears
from engine.base.errors import BadInput
from engine.checkpoints.checkpoint import CheckpointHeader, TensorInfo
from engine.checkpoints.packed import PackedTensor
from engine.checkpoints.tensor_sources import TensorSource
from engine.modules import CompressedModule
from engine.numerics.fingerprint import fingerprint, fingerprints

_FEEDS = re.compile(r"(^|\.)(embed_tokens_per_layer|per_layer_\w*projection\w*)")
"""Modules that stand behind the layers and make what each of them reads (Gemma 3n and 4)."""
TRIMMED = 1 << 20
"""Bytes of freed tensors from which on memory goes back to the system at once: that takes longer than all work on a
tiny model."""


@dataclass
class Part:
    """A piece of a model that is loaded, worked on, stored and freed together."""

    model: Model
    name: str
    roots: tuple[str, ...]
    """Names of the modules that belong to it with all that is below them, and of single tensors."""
    stored: bool = False
    """Set by `Stage.parts`: it was already worked on, before the run was killed."""

    @functools.cached_property
    def linears(self) -> tuple[Linear, ...]:
        """The linears of the anatomy (the head is not one of them) that lie in this part, in order of execution."""
        return tuple(linear for linear in self.model.anatomy.linears if self.owns(linear.name))

    def owns(self, name: str) -> bool:
        """True if a module or tensor name lies in this part."""
        return any(root == "" or name == root or name.startswith(root + ".") for root in self.roots)


def _module_of(root: nn.Module, name: str) -> nn.Module:
    """`nn.Module.get_submodule`, which asks each module on the way for its attributes: a model is asked for thousands
    of names. Raises AttributeError where there is none."""
    module = root
    for step in name.split(".") if name else ():
        below = module._modules.get(step)
        if below is None:
            return root.get_submodule(name)
        module = below
    return module


def config_dtype(config: Mapping[str, Any]) -> torch.dtype:
    """Dtype of the stored dense weights by config.json; float32 if it names none."""
    name = str(config.get("dtype") or config.get("torch_dtype") or "float32").removeprefix("torch.")
    dtype = getattr(torch, name, None)
    return dtype if isinstance(dtype, torch.dtype) else torch.float32


@dataclass
class Model:
    """A model in work.

    Attributes
    ----------
    module: the network; parameters that are not loaded lie on the meta device.
    source: where the tensors are read from.
    config: config.json as a dict; a method that changes shapes changes this too.
    history: the steps that led here, oldest first: ``{"method", "settings", "details", …}``.
    companions: files that travel with the model unread (tokenizer, generation config, chat template).
    watched: names of tensors whose bits are remembered when they are read, so that `unchanged` can tell.
    unchanged: name -> whether a tensor was stored as it had been read; only what is known of those that are watched.
    shared: name -> the other name of the same tensor, under which it is stored: an encoder-decoder reads one table of
        embeddings at several places. The head is not in here: see `engine.architecture.anatomy.Anatomy.tied`.
    on_load: is called with each part whose tensors were read, and may change them in memory.
    """

    header: CheckpointHeader
    module: nn.Module
    source: TensorSource
    anatomy: Anatomy
    config: dict[str, Any]
    companions: tuple[Path, ...] = ()
    history: tuple[dict[str, Any], ...] = ()
    watched: frozenset[str] = frozenset()
    unchanged: dict[str, bool] = field(default_factory=dict)
    shared: dict[str, str] = field(default_factory=dict)
    on_load: Callable[[Part], None] | None = None
    _came: dict[str, tuple[torch.dtype, torch.Size, int]] = field(default_factory=dict)
    _adopted: dict[str, _NamedSource] = field(default_factory=dict)
    _stored: dict[str, torch.dtype] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        """The folder or file that it was opened from."""
        return self.header.path

    @property
    def structure(self) -> CheckpointHeader:
        """The headers for planning: with the tensors as the network has them, where the files hold several in one."""
        if not any(isinstance(module, ExpertLinears) for module in self.module.modules()):
            return self.header
        words = {torch.float16: "F16", torch.float32: "F32", torch.float64: "F64"}
        infos = (
            TensorInfo(name, tuple(t.shape), words.get(t.dtype, "BF16"), t.numel() * t.element_size())
            for name, t in self.state().items()
        )
        return replace(self.header, tensors=tuple(infos))

    @property
    def config_dtype(self) -> torch.dtype:
        """Dtype of its stored dense weights, see `config_dtype`."""
        return config_dtype(self.config)

    # -- parts -----------------------------------------------------------------------------------------------------
    @functools.cached_property
    def parts(self) -> tuple[Part, ...]:
        """Everything, cut into pieces: what comes before the layers, each layer, what comes after. A model of unknown
        anatomy is cut at its top-level modules."""
        layers = [layer.name for layer in self.anatomy.layers]
        leaves = list(_leaves(self.module, "", set(layers)))
        if not layers:
            return tuple(Part(self, name, (name,)) for name in leaves)
        order = {name: index for index, name in enumerate(name for name, _ in self.module.named_modules())}
        first = order[layers[0]]
        two = bool(self.anatomy.first_of_decoder)  # what the decoder begins with stands behind the encoder
        late = {self.anatomy.final_norm, *(n for n in leaves if f"{self.anatomy.head}.".startswith(f"{n}."))}
        before = [n for n in leaves if (two or order.get(n, 0) < first or _FEEDS.search(n)) and n not in late]
        after = [name for name in leaves if name not in before]
        parts = [Part(self, "embeddings", tuple(before))] if before else []
        parts += [Part(self, name, (name,)) for name in layers]
        return (*parts, *([Part(self, "head", tuple(after))] if after else []))

    def part(self, name: str) -> Part:
        """The part with this name."""
        return next(part for part in self.parts if part.name == name)

    # -- tensors ----------------------------------------------------------------------------------------------------
    def load(
        self, part: Part | None = None, *, dtype: torch.dtype | None = None, device: torch.device | str = "cpu"
    ) -> Model:
        """Load a part, or everything. ``dtype`` casts the dense floating tensors (packed ones stay as they are).

        With a tied head its embedding is loaded too. Raises `BadInput` if the checkpoint lacks a tensor that the
        network needs, or has it in another shape.
        """
        places = self.parts if part is None else (part,)
        for loaded_part in places:
            for name, named in self._needed(loaded_part):
                owner, leaf = self._owner(name)
                tensor: torch.Tensor = getattr(owner, leaf)
                if tensor.is_meta:
                    tensor = self._read(named, name, tensor.shape)
                    self._stored[name] = tensor.dtype
                    if name in self.watched and name not in self._came and named.source is self.source:
                        self._came[name] = (tensor.dtype, tensor.shape, fingerprint(tensor))
                if dtype is not None and tensor.is_floating_point() and not isinstance(owner, CompressedModule):
                    tensor = tensor.to(dtype)
                _assign(owner, leaf, tensor.to(device))
        self._tie()
        within = (self.get(root) for loaded_part in places for root in loaded_part.roots if self._is_module(root))
        outside = (self.get(name) for name in self._outside)
        _move_constants([*outside, *(module for root in within for module in root.modules())], torch.device(device))
        for loaded_part in places if self.on_load is not None else ():
            self.on_load(loaded_part)  # type: ignore[misc]
        return self

    def opened_again(self) -> Model:
        """A model of its own that reads the same tensors; nothing of either is in memory then."""
        self.free()
        return Model(
            header=self.header,
            module=copy.deepcopy(self.module),
            source=self.source,
            anatomy=self.anatomy,
            config=copy.deepcopy(self.config),
            companions=self.companions,
            history=self.history,
            shared=dict(self.shared),
            _adopted=dict(self._adopted),
        )

    def ready(self, dtype: torch.dtype = torch.float32, device: torch.device | str = "cpu") -> Model:
        """Load everything for many forward passes: dense tensors in ``dtype``, the dense equals of compressed modules
        kept in memory."""
        self.load(dtype=dtype, device=device)
        for module in self.compressed().values():
            module.cache_dense_weight(dtype)
        return self

    def reading_dtype(self, device: torch.device | str) -> torch.dtype:
        """Dtype of its weights on ``device`` while it does not learn: see `engine.devices.reading_dtype`."""
        return devices.reading_dtype(torch.device(device), self.config_dtype)

    def set_expected_dtypes(self, dtype_of: Callable[[str], torch.dtype | None]) -> None:
        """Give what lies on the meta device the dtype that it will have when it is loaded, so that sizes can be told
        beforehand. ``dtype_of``: by name, None where it is not known."""
        for name, tensor in self.module.state_dict(keep_vars=True).items():
            owner, leaf = self._owner(name)
            dtype = dtype_of(name) if tensor.is_meta else None
            if dtype is not None:
                _assign(owner, leaf, tensor.detach().to(dtype))
        self._tie()

    def restore_stored_dtypes(self) -> None:
        """Give dense tensors that were worked on in another dtype the one that they are stored in."""
        for name, dtype in self._stored.items():
            try:
                owner, leaf = self._owner(name)
            except AttributeError:  # the layer was made of several, and another is in its place
                continue
            tensor = getattr(owner, leaf, None)
            if tensor is not None and not isinstance(owner, CompressedModule) and tensor.dtype != dtype:
                _assign(owner, leaf, tensor.detach().to(dtype))
        self._tie()

    def free(self, part: Part | None = None) -> None:
        """Send the tensors of a part (or of everything) back to the meta device, there in the dtype of their file; what
        was not stored is lost. With a tied head its embedding goes too."""
        freed = 0
        for freed_part in self.parts if part is None else (part,):
            for module in self.compressed(freed_part).values():
                module.cache_dense_weight(None)
            for name, named in self._needed(freed_part):
                owner, leaf = self._owner(name)
                constant = leaf in owner._buffers and not isinstance(owner, CompressedModule)
                if not constant or name in named.names:  # a buffer that no file holds was computed when built
                    tensor = getattr(owner, leaf)
                    freed += 0 if tensor.is_meta else tensor.numel() * tensor.element_size()
                    _assign(owner, leaf, tensor.to("meta", dtype=self._stored.get(name, tensor.dtype)))
        self._tie()
        if freed >= TRIMMED:
            devices.trim()

    def store_as(self, name: str, dtype: torch.dtype) -> None:
        """In what a dense tensor that was put in a place will be stored (see `restore_stored_dtypes`)."""
        self._stored[name] = dtype

    def stored_dtype(self, name: str) -> torch.dtype:
        """The dtype of the file that a loaded tensor was read from."""
        owner, leaf = self._owner(name)
        tensor: torch.Tensor = getattr(owner, leaf)
        return self._stored.get(name, tensor.dtype)

    def tensor(self, name: str) -> torch.Tensor:
        """One tensor as it is by now: the one in memory, otherwise on the CPU from its file. Not for a tied head."""
        owner, leaf = self._owner(name)
        tensor: torch.Tensor = getattr(owner, leaf)
        return self._read(self._from(self._part_of(name)), name, tensor.shape) if tensor.is_meta else tensor.detach()

    def state(self) -> dict[str, torch.Tensor]:
        """Every tensor that belongs into a file, by name, wherever it lies; a tied head has none."""
        tensors: dict[str, torch.Tensor] = self.module.state_dict(keep_vars=True)
        return {name: tensor for name, tensor in tensors.items() if not self._is_tied(name)}

    def tensors(self, part: Part) -> dict[str, torch.Tensor]:
        """The tensors of a loaded part as they go to disk, packed ones for compressed modules, none for a tied head."""
        tensors: dict[str, torch.Tensor] = {}
        for name, module in self.compressed(part).items():
            tensors.update({f"{name}.{key}": tensor for key, tensor in module.packed_tensors().items()})
        for name in self._slots(part.roots):
            owner, leaf = self._owner(name)
            if not isinstance(owner, CompressedModule) and not self._is_tied(name):
                tensors[name] = getattr(owner, leaf).detach()
        return tensors

    def note_stored(self, tensors: Mapping[str, torch.Tensor]) -> None:
        """Take down in `unchanged` which of these tensors, about to be stored, are what was read; a tensor that is
        stored in another dtype is not told about."""
        alike = [
            name for name, tensor in tensors.items() if self._came.get(name, ())[:2] == (tensor.dtype, tensor.shape)
        ]
        for name, digest in zip(alike, fingerprints([tensors[name] for name in alike]), strict=True):
            self.unchanged[name] = digest == self._came[name][2]

    def packed(self, name: str, part: Part | None = None) -> PackedTensor | None:
        """A tensor as it lies packed where it is read from, None for any other. ``part``: the one that it is in."""
        named = self._from(part or self._part_of(name))
        return named.source.packed(name) if name in named.names else None

    def as_it_came(self, part: Part, tensors: Mapping[str, torch.Tensor]) -> dict[str, PackedTensor]:
        """Of the ``tensors`` of a part, those that lie packed where they are read from and are still what they were
        there, to the bit: what nobody changed is stored as it came."""
        unchanged: dict[str, PackedTensor] = {}
        for name, tensor in tensors.items():
            packed = self.packed(name, part) if self.unchanged.get(name, True) else None
            if packed is not None and packed.stands_for(tensor):
                unchanged[name] = packed
        return unchanged

    def came_packed(self, part: Part) -> dict[str, PackedTensor]:
        """The tensors of a part that lie packed where they are read from and that nobody changed, their data on the
        meta device. What is not loaded is what lies there."""
        unchanged: dict[str, PackedTensor] = {}
        for name, tensor in self.tensors(part).items():
            packed = self.packed(name, part)
            if packed is not None and (tensor.is_meta or packed.stands_for(tensor)):
                unchanged[name] = replace(
                    packed, tensors={role: tensor_part.to("meta") for role, tensor_part in packed.tensors.items()}
                )
        return unchanged

    def specs(self, part: Part) -> dict[str, dict[str, Any]]:
        """The specs of the compressed modules of a part, by name."""
        return {name: module.spec() for name, module in self.compressed(part).items()}

    def compressed(self, part: Part | None = None) -> dict[str, CompressedModule]:
        """The compressed modules of a part, or all, by name; what such a module is made of is not listed."""
        roots = ("",) if part is None else part.roots
        modules: dict[str, CompressedModule] = {}
        outer = "?"
        for root in (root for root in roots if root == "" or self._is_module(root)):
            for name, module in self.get(root).named_modules(prefix=root):
                if isinstance(module, CompressedModule) and not name.startswith(f"{outer}."):
                    modules[name] = module
                    outer = name
        return modules

    def load_stored_part(self, part: Part, source: TensorSource, specs: Mapping[str, dict[str, Any]]) -> None:
        """Take a stored part as this model's own: its compressed modules are put in place, its tensors are read from
        ``source`` from now on."""
        for name, spec in specs.items():
            self.replace(name, built(spec, name, self.module))
        if specs:
            for module in self.compressed().values():
                module.connect(self.module)
        self._adopted[part.name] = _NamedSource.of(source)
        self._stored = {name: dtype for name, dtype in self._stored.items() if not part.owns(name)}
        self.free(part)

    # -- modules -----------------------------------------------------------------------------------------------------
    def replace(self, name: str, module: nn.Module) -> None:
        """Put ``module`` in the place of the one called ``name``."""
        parent, _, leaf = name.rpartition(".")
        setattr(self.module.get_submodule(parent), leaf, module)

    def get(self, name: str) -> nn.Module:
        """The module with this name."""
        return _module_of(self.module, name)

    def untie(self) -> None:
        """Give the head a weight of its own, which stays in memory until it is stored; the file grows by it. The
        embedding must be dense."""
        if not self.anatomy.tied or self.anatomy.head is None:
            return
        head = self.get(self.anatomy.head)
        embedding = self.get(self.anatomy.embeddings[0])
        assert isinstance(embedding, nn.Embedding) and isinstance(head, nn.Linear)
        if embedding.weight.is_meta:
            self.load(self._part_of(self.anatomy.embeddings[0]))
        head.weight = nn.Parameter(embedding.weight.detach().clone(), requires_grad=False)
        self.anatomy = self.anatomy.untied()
        self.config = {**self.config, "tie_word_embeddings": False}

    # -- inside ------------------------------------------------------------------------------------------------------
    @functools.cached_property
    def _outside(self) -> tuple[str, ...]:
        """The modules that are in no part: no file holds a tensor of them, but they may have constants."""
        roots = tuple(f"{root}." for part in self.parts for root in part.roots)
        return tuple(name for name, _ in self.module.named_modules() if not f"{name}.".startswith(roots))

    def _slots(self, roots: Iterable[str]) -> Iterator[str]:
        """Names of all parameters and persistent buffers below ``roots``, a tied head's too."""
        for root in roots:
            if root and not self._is_module(root):
                yield root
            else:
                yield from self.get(root).state_dict(prefix=f"{root}." if root else "", keep_vars=True)

    def _needed(self, part: Part) -> list[tuple[str, _NamedSource]]:
        """The slots of a part and where each is read from; a tied head's embedding in the place of its weight."""
        slots = [name for name in self._slots(part.roots) if not self._is_tied(name)]
        sources = [(name, self._from(part)) for name in slots]
        if self.anatomy.tied and self.anatomy.head is not None and part.owns(self.anatomy.head):
            embedding = self.anatomy.embeddings[0]
            other = self._part_of(embedding)
            if other is not part:
                sources += [(name, self._from(other)) for name in self._slots((embedding,))]
        borrowed = {name for module in self.compressed(part).values() for name in module.reads if not part.owns(name)}
        sources += [
            (slot, self._from(self._part_of(name))) for name in sorted(borrowed) for slot in self._slots((name,))
        ]
        return sources

    def _part_of(self, name: str) -> Part:
        return next(part for part in self.parts if part.owns(name))

    def _from(self, part: Part) -> _NamedSource:
        return self._adopted.get(part.name, self._original)

    @functools.cached_property
    def _original(self) -> _NamedSource:
        return _NamedSource.of(self.source)

    def _read(self, named: _NamedSource, name: str, shape: torch.Size) -> torch.Tensor:
        name = name if name in named.names else self.shared.get(name, name)
        if name not in named.names:
            raise BadInput(
                "The checkpoint lacks a tensor that the network needs",
                where=f"{self.path}: {name}",
                advice="download or copy the model again, with the config.json that belongs to it",
            )
        tensor = named.source.load(name)
        if tensor.shape != shape:
            raise BadInput(
                "A tensor does not fit the network",
                where=f"{self.path}: {name}",
                why=f"its shape is {tuple(tensor.shape)}, config.json asks for {tuple(shape)}",
                advice="copy config.json again from where the model came from",
            )
        return tensor

    def _is_module(self, root: str) -> bool:
        owner, leaf = self._owner(root)
        return leaf in owner._modules

    def _owner(self, name: str) -> tuple[nn.Module, str]:
        owner, _, leaf = name.rpartition(".")
        return _module_of(self.module, owner), leaf

    def _is_tied(self, name: str) -> bool:
        if name in self.shared and self._is_dense(name) and self._is_dense(self.shared[name]):
            return True
        return self.anatomy.tied and self.anatomy.head is not None and name == f"{self.anatomy.head}.weight"

    def _is_dense(self, name: str) -> bool:
        owner, leaf = self._owner(name)
        return leaf in owner._parameters and not isinstance(owner, CompressedModule)

    def _tie(self) -> None:
        for name, stored in self.shared.items():
            if self._is_tied(name):
                (owner, leaf), (other, stored_leaf) = self._owner(name), self._owner(stored)
                owner._parameters[leaf] = other._parameters[stored_leaf]
        if not self.anatomy.tied or self.anatomy.head is None:
            return
        head, embedding = self.get(self.anatomy.head), self.get(self.anatomy.embeddings[0])
        if isinstance(head, nn.Linear) and isinstance(embedding, nn.Embedding):
            head.weight = embedding.weight


@dataclass(frozen=True)
class _NamedSource:
    """A source and all its names."""

    source: TensorSource
    names: frozenset[str]

    @classmethod
    def of(cls, source: TensorSource) -> _NamedSource:
        return cls(source, frozenset(source.names()))


def _leaves(module: nn.Module, name: str, stops: set[str]) -> Iterator[str]:
    """Names of the largest modules that neither are nor hold one of ``stops`` and that hold tensors or are compressed,
    as a tied head without any, and of the tensors that modules on the way to a stop hold themselves."""
    prefix = f"{name}." if name else ""
    persistent = [key for key in module._buffers if key not in module._non_persistent_buffers_set]
    yield from (prefix + key for key in (*module._parameters, *persistent) if getattr(module, key) is not None)
    for key, child in module.named_children():
        full = prefix + key
        if any(stop.startswith(full + ".") for stop in stops):
            yield from _leaves(child, full, stops)
        elif full not in stops and (child.state_dict(keep_vars=True) or isinstance(child, CompressedModule)):
            yield full


def _move_constants(owners: Iterable[nn.Module], device: torch.device) -> None:
    """Bring the buffers of these modules that are in no file (rotary frequencies) to ``device``."""
    for owner in owners:
        for leaf in owner._non_persistent_buffers_set:
            buffer = owner._buffers.get(leaf)
            if buffer is not None and not buffer.is_meta and buffer.device != devices.whole(device):
                owner._buffers[leaf] = buffer.to(device)


def _assign(owner: nn.Module, leaf: str, tensor: torch.Tensor) -> None:
    if leaf in owner._parameters:
        owner._parameters[leaf] = nn.Parameter(tensor.detach(), requires_grad=False)
    else:
        owner._buffers[leaf] = tensor.detach()


def in_dtype(config: dict[str, Any], dtype: str) -> dict[str, Any]:
    """A config that says that dense weights are stored in ``dtype``, those of its parts too."""
    inner = {
        k: in_dtype(v, dtype) for k, v in config.items() if isinstance(v, dict) and ("dtype" in v or "torch_dtype" in v)
    }
    return {k: v for k, v in config.items() if k != "torch_dtype"} | inner | {"dtype": dtype}


def built(spec: dict[str, Any], name: str, root: nn.Module) -> CompressedModule:
    """The compressed module called ``name`` on the meta device. Raises `BadInput` for a damaged description."""
    from engine.modules import kind

    module_class = kind(str(spec.get("kind")), where=name)
    try:
        original = name.rpartition(".")[0] if module_class.ADDED else name
        return module_class.from_spec(spec, root.get_submodule(original))
    except (AttributeError, AssertionError, LookupError, TypeError, ValueError, ArithmeticError, RuntimeError) as error:
        raise BadInput(
            "The description of a compressed layer is damaged",
            where=name,
            why=f"{type(error).__name__}: {error}",
            advice="run the pipeline again",
        ) from error
