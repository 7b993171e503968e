"""Really smaller models: parts that were chosen are kept, the others are gone, and the result is a stock architecture.

What is kept is given by indices along the four axes of a decoder (Sheared LLaMA, arXiv 2310.06694; Minitron, arXiv
2407.14679): hidden values, layers, heads, inner values. The new model reads each tensor
from the old one when it is loaded, and cuts it then: no more than one part is ever in memory.
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import nn

from engine.architecture.anatomy import Anatomy, Layer
from engine.architecture.recognition import find_anatomy
from engine.architecture.skeleton import build_skeleton
from engine.base.errors import BadInput
from engine.checkpoints.packed import PackedTensor
from engine.models.model import Model
from engine.models.stage import Stage
from engine.modules.base import CompressedModule
from engine.modules.quantized_embedding import QuantizedEmbedding
from engine.modules.sparse import SparseLinear

Axis = Literal["hidden", "heads", "kv_heads", "inner"]
_LINEARS: dict[str, tuple[Axis, Axis]] = {
    "q": ("heads", "hidden"),
    "k": ("kv_heads", "hidden"),
    "v": ("kv_heads", "hidden"),
    "o": ("hidden", "heads"),
    "gate": ("inner", "hidden"),
    "up": ("inner", "hidden"),
    "down": ("hidden", "inner"),
}
"""Axes of the rows and the columns of a weight (out, in) by role."""


@dataclass(frozen=True)
class Shape:
    """The size of a decoder: ``inner`` of the MLP, ``head_dim`` values of a head."""

    hidden: int
    layers: int
    heads: int
    kv_heads: int
    head_dim: int
    inner: int

    @classmethod
    def of(cls, anatomy: Anatomy) -> Shape:
        """The shape of a model."""
        return cls(
            anatomy.hidden_size,
            len(anatomy.layers),
            anatomy.heads,
            anatomy.kv_heads,
            anatomy.head_dim,
            anatomy.intermediate_size,
        )

    def size(self, axis: Axis) -> int:
        """Values along an axis of a tensor."""
        widths = {"heads": self.heads * self.head_dim, "kv_heads": self.kv_heads * self.head_dim}
        return {**widths, "hidden": self.hidden, "inner": self.inner}[axis]


@dataclass(frozen=True)
class Kept:
    """Indices of what stays, in rising order; None: all.

    heads: of the query heads by old layer: whole groups that share a key, or equally many of each group. inner: of the
    MLP's inner values by old layer. Both the same number in every layer that stays, as a stock config asks for.
    """

    hidden: torch.Tensor | None = None
    layers: tuple[int, ...] | None = None
    heads: Mapping[int, torch.Tensor] | None = None
    inner: Mapping[int, torch.Tensor] | None = None

    def plain(self) -> dict[str, Any]:
        """As JSON has it."""

        def lists(values: Mapping[int, torch.Tensor] | None) -> dict[str, list[int]] | None:
            return None if values is None else {str(layer): index.tolist() for layer, index in values.items()}

        hidden = None if self.hidden is None else self.hidden.tolist()
        layers = None if self.layers is None else list(self.layers)
        return {"hidden": hidden, "layers": layers, "heads": lists(self.heads), "inner": lists(self.inner)}

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Kept:
        """The inverse of `plain`."""

        def tensors(values: dict[str, list[int]] | None) -> dict[int, torch.Tensor] | None:
            return None if values is None else {int(layer): torch.tensor(index) for layer, index in values.items()}

        return cls(
            None if values["hidden"] is None else torch.tensor(values["hidden"]),
            None if values["layers"] is None else tuple(values["layers"]),
            tensors(values["heads"]),
            tensors(values["inner"]),
        )


def widths_problem(anatomy: Anatomy) -> str:
    """Reason why hidden values, heads or inner values of this model can't be cut; "" if they can."""
    if not anatomy.layers:
        return anatomy.why_unknown
    if anatomy.irregular:
        return anatomy.not_alike
    roles = {linear.role for layer in anatomy.layers for linear in layer.linears}
    if anatomy.kind != "decoder" or roles != set(_LINEARS) or any(x.transposed for x in anatomy.linears):
        listed = ", ".join(sorted(roles))
        return (
            f"only decoders with separate q, k, v, o, gate, up and down layers can be made narrower; this has {listed}"
        )
    return ""


def kv_heads_of(heads: torch.Tensor, anatomy: Anatomy) -> torch.Tensor:
    """The key/value heads that these query heads of one layer read. ValueError if the groups would become unequal."""
    group = anatomy.heads // anatomy.kv_heads
    kv_heads: torch.Tensor
    kv_heads, counts = torch.unique(heads // group, return_counts=True)
    if len(set(counts.tolist())) != 1:
        raise ValueError("its groups of heads would differ in size: keep whole groups, or equally many heads of each")
    return kv_heads


def kept_shape(anatomy: Anatomy, kept: Kept) -> Shape:
    """The shape that is left. Raises `BadInput` where it is none that a config can name."""
    shape = Shape.of(anatomy)
    layers = range(shape.layers) if kept.layers is None else kept.layers
    if not len(layers) or list(layers) != sorted(set(layers)) or not 0 <= layers[0] <= layers[-1] < shape.layers:
        raise _no_shape(f"there are layers 0 to {shape.layers - 1}, and {list(layers)} should stay")
    if kept.hidden is not None or kept.heads is not None or kept.inner is not None:
        why = widths_problem(anatomy)
        if why:
            raise _no_shape(why)
    hidden = shape.hidden if kept.hidden is None else _count(kept.hidden, shape.hidden, "hidden values")
    inner = _uniform(kept.inner, layers, shape.inner, "inner values")
    heads = _uniform(kept.heads, layers, shape.heads, "heads")
    kv_heads = shape.kv_heads
    if kept.heads is not None:
        try:
            counts = {len(kv_heads_of(kept.heads[layer], anatomy)) for layer in layers}
        except ValueError as error:
            raise _no_shape(str(error)) from None
        if len(counts) != 1:
            raise _no_shape("the layers would keep different numbers of key/value heads")
        kv_heads = counts.pop()
    return Shape(hidden, len(layers), heads, kv_heads, shape.head_dim, inner)


def sliced(model: Model, kept: Kept, stage: Stage) -> Model:
    """The model that is left, its tensors on the meta device: each is cut when its part is loaded, out of what
    ``model`` holds in memory or in its files. ``model`` must stay as it is until every part of the new one was stored.
    The stage's report gets the shape.

    Raises `BadInput` for a shape that no config can name, and for quantized or factorized layers where more than whole
    layers go (pruned ones are cut, and stay pruned).
    """
    shape = kept_shape(model.anatomy, kept)
    config = sliced_config(model, kept, shape)
    header = model.header.cut_to(config, kept.plain())
    try:
        module, filled = build_skeleton(header)
    except BadInput as error:
        raise _no_shape(error.why) from None
    anatomy = find_anatomy(module, filled)
    if Shape.of(anatomy) != shape:
        raise _no_shape(f"{model.header.model_type} has no settings for it: {Shape.of(anatomy)} came out")
    source = _Slices(model, kept, anatomy, module)
    smaller = Model(header, module, source, anatomy, config, model.companions, model.history)
    for part in smaller.parts:
        smaller.load_stored_part(part, source, {name: spec for name, spec in source.specs.items() if part.owns(name)})
    smaller.set_expected_dtypes(source.dtype)
    stage.detail("shape", dataclasses.asdict(shape))
    return smaller


def sliced_config(model: Model, kept: Kept, shape: Shape) -> dict[str, Any]:
    """config.json for the new shape, in the words of the architecture."""
    from transformers import CONFIG_MAPPING

    config_class: Any = CONFIG_MAPPING.get(model.header.model_type)
    words: dict[str, str] = getattr(config_class, "attribute_map", {})
    config = dict(model.config)
    before = Shape.of(model.anatomy)
    values = {
        "num_hidden_layers": (before.layers, shape.layers),
        "hidden_size": (before.hidden, shape.hidden),
        "intermediate_size": (before.inner, shape.inner),
        "num_attention_heads": (before.heads, shape.heads),
        "num_key_value_heads": (before.kv_heads, shape.kv_heads),
    }
    for name, (old, new) in values.items():
        if new != old:
            config[words.get(name, name)] = new
    if (shape.hidden, shape.heads, shape.kv_heads) != (before.hidden, before.heads, before.kv_heads):
        config |= {"head_dim": shape.head_dim, "num_key_value_heads": shape.kv_heads}
    filled: dict[str, Any] = model.module.config.to_dict()  # type: ignore[union-attr,operator]
    for name, value in filled.items():  # e.g. layer_types: which layers look at a window only
        if kept.layers is not None and "layer" in name and isinstance(value, list) and len(value) == before.layers:
            config[name] = [value[index] for index in kept.layers]
    return config


def places(anatomy: Anatomy) -> dict[str, tuple[Axis | None, ...]]:
    """Axes of the weight of each module, rows first; a bias has the first of them only."""
    axes: dict[str, tuple[Axis | None, ...]] = dict.fromkeys(anatomy.embeddings[:1], (None, "hidden"))
    sizes = {name.removesuffix(".weight"): count for name, count in anatomy.remainder}
    if anatomy.head is not None:
        axes[anatomy.head] = (None, "hidden")
    if anatomy.final_norm is not None:
        axes[anatomy.final_norm] = ("hidden",)
    for layer in anatomy.layers:
        axes.update({linear.name: _LINEARS[linear.role] for linear in layer.linears if linear.role in _LINEARS})
        axes.update(
            {norm: (_axis_of_norm(norm_name, sizes.get(norm), anatomy),) for norm_name, norm in layer.norms.items()}
        )
    return axes


def _axis_of_norm(norm_name: str, size: int | None, anatomy: Anatomy) -> Axis | None:
    """The axis of a norm's weight. Inside attention it is of each head alone (Qwen3), or of all together (OLMo 2)."""
    if norm_name not in ("q", "k"):
        return "hidden"
    return None if size is None or size == anatomy.head_dim else "heads" if norm_name == "q" else "kv_heads"


class _Slices:
    """The tensors of the new model, cut out of those of the old one.

    ``specs``: of the new model's compressed modules, by name.
    """

    def __init__(self, old: Model, kept: Kept, anatomy: Anatomy, module: nn.Module) -> None:
        self._old = old
        self._kept = kept
        layers = range(len(old.anatomy.layers)) if kept.layers is None else kept.layers
        self._pairs = [(new, old.anatomy.layers[index]) for new, index in zip(anatomy.layers, layers, strict=True)]
        self._places = places(old.anatomy)
        self._widths = not (kept.hidden is None and kept.heads is None and kept.inner is None)
        compressed = {name: self._compressed(name) for name, _ in module.named_modules()}
        self.specs = {name: layer.spec() for name, layer in compressed.items() if layer is not None}
        packed = {
            f"{n}.{key}" for n, layer in compressed.items() if layer is not None for key in layer.packed_tensors()
        }
        dense = {name for name in module.state_dict(keep_vars=True) if name.rpartition(".")[0] not in self.specs}
        self._names = dense | packed
        self._factor = 1.0 if kept.hidden is None else _embedding_factor(old, anatomy, module)
        self._embedding = f"{anatomy.embeddings[0]}.weight"
        self._norm = f"{anatomy.final_norm}.weight" if anatomy.tied and anatomy.final_norm is not None else ""

    def names(self) -> Iterable[str]:
        """All names, those of the new model."""
        return self._names

    def dtype(self, name: str) -> torch.dtype | None:
        """Of a dense tensor."""
        owner, _, leaf = self._before(name)[0].rpartition(".")
        tensor = getattr(self._old.get(owner), leaf)
        assert isinstance(tensor, torch.Tensor)
        return tensor.dtype

    def packed(self, name: str) -> PackedTensor | None:
        """As the old model has it, where nothing was cut."""
        is_whole = not self._widths and name.rpartition(".")[0] not in self.specs
        return self._old.packed(self._before(name)[0]) if is_whole else None

    def load(self, name: str) -> torch.Tensor:
        """One tensor on the CPU."""
        owner, _, leaf = name.rpartition(".")
        if owner in self.specs:
            module = self._compressed(owner)
            assert module is not None
            tensor = module.packed_tensors()[leaf]
            return self._old.tensor(self._before(name)[0]) if tensor.is_meta else tensor
        old, layer = self._before(name)
        tensor = self._cut(self._old.tensor(old), old, layer).cpu()
        if name == self._embedding:
            return (tensor * self._factor).to(tensor.dtype)
        if name == self._norm and self._factor != 1:
            one = float(_adds_one(self._old.get(owner)))
            return ((tensor.float() + one) / self._factor - one).to(tensor.dtype)
        return tensor

    # -- inside ------------------------------------------------------------------------------------------------------
    def _before(self, name: str) -> tuple[str, Layer | None]:
        """The old name, and the old layer that the tensor or module is in."""
        for new, old in self._pairs:
            if name.startswith(f"{new.name}."):
                return old.name + name.removeprefix(new.name), old
        return name, None

    def _compressed(self, name: str) -> CompressedModule | None:
        """The new model's compressed module of this name: the old one itself, or a pruned layer that was cut."""
        old, layer = self._before(name)
        module = self._old.get(old)
        if not isinstance(module, CompressedModule):
            return None
        indices = [self._index(axis, layer) for axis in self._places.get(old, ())]
        if all(index is None for index in indices):
            return module
        if type(module) is not SparseLinear:
            raise BadInput(
                "A compressed layer can't be made narrower",
                where=old,
                advice="put this block before the one that compresses",
            )
        tensors = {key: self._old.tensor(f"{old}.{key}").cpu() for key in module.packed_tensors()}
        whole = SparseLinear(module.out_features, module.in_features, module.kept, bias=tensors.get("bias"))
        whole.mask, whole.values = tensors["mask"], tensors["values"]
        weight, mask = (self._cut(tensor, f"{old}.weight", layer) for tensor in (whole.matrix(), whole.kept_mask()))
        bias = None if whole.bias is None else self._cut(whole.bias, f"{old}.bias", layer)
        return SparseLinear.of(weight, mask, dtype=whole.values.dtype, bias=bias)

    def _cut(self, tensor: torch.Tensor, old: str, layer: Layer | None) -> torch.Tensor:
        """``tensor`` under its old name without what goes."""
        owner = old.rpartition(".")[0]
        if owner not in self._places:
            if self._widths:
                why = "what this tensor stands for is not known"
                raise BadInput("The model can't be made narrower", where=old, why=why)
            return tensor
        for dimension, axis in enumerate(self._places[owner][: tensor.ndim]):
            index = self._index(axis, layer)
            if index is not None:
                tensor = tensor.index_select(dimension, index.to(tensor.device))
        return tensor

    def _index(self, axis: Axis | None, layer: Layer | None) -> torch.Tensor | None:
        """Indices of the rows or columns that stay along an axis; None: all."""
        if axis is None or axis == "hidden":
            return None if axis is None else self._kept.hidden
        assert layer is not None
        chosen = self._kept.inner if axis == "inner" else self._kept.heads
        if chosen is None or axis == "inner":
            return None if chosen is None else chosen[layer.index]
        heads = chosen[layer.index] if axis == "heads" else kv_heads_of(chosen[layer.index], self._old.anatomy)
        width = self._old.anatomy.head_dim
        return (heads[:, None] * width + torch.arange(width)).flatten()


def _embedding_factor(old: Model, anatomy: Anatomy, module: nn.Module) -> float:
    """Gemma multiplies what it looks up by the root of the hidden size, which is another one now: the embedding makes
    up for it, and the final norm where the head reads the same tensor."""
    factors = [QuantizedEmbedding.factor_of(root.get_submodule(anatomy.embeddings[0])) for root in (old.module, module)]
    if None in factors:
        raise BadInput(
            "The model can't be made narrower", where=anatomy.embeddings[0], why="it does more than look up rows"
        )
    return float(factors[0] or 1) / float(factors[1] or 1)


def _adds_one(norm: nn.Module) -> bool:
    """True if a norm multiplies by 1 + weight, as Gemma's do."""
    probe: Any = copy.deepcopy(norm).to_empty(device="cpu").float()
    nn.init.zeros_(probe.weight)
    return bool(probe(torch.ones(1, len(probe.weight))).any())


def _count(index: torch.Tensor, size: int, what: str) -> int:
    """Number of kept indices; `BadInput` unless they rise and lie below ``size``."""
    values = index.tolist()
    if not values or values != sorted(set(values)) or not 0 <= values[0] <= values[-1] < size:
        raise _no_shape(f"of {size} {what} at least one has to stay, each once and in order")
    return len(values)


def _uniform(chosen: Mapping[int, torch.Tensor] | None, layers: Iterable[int], size: int, what: str) -> int:
    """Number of kept indices, the same in every layer."""
    if chosen is None:
        return size
    counts = {_count(chosen[layer], size, what) for layer in layers}
    if len(counts) != 1:
        raise _no_shape(f"the layers would keep different numbers of {what}, which no config can say")
    return counts.pop()


def _no_shape(why: str) -> BadInput:
    return BadInput("The model can't get this shape", why=why, advice="choose another shape")
