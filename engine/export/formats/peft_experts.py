"""Adapters of experts as peft has them (`target_parameters`): those of all experts of a tensor in two matrices.

With E experts of rank r: lora_A is (E r, in), the experts below each other; lora_B is (out, r E), the experts side by
side for each of the r columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import torch

from engine.architecture.experts import ExpertLinears, fused_tensors
from engine.models.model import Model, Part
from engine.modules.adapted import AdaptedLinear
from engine.modules.low_rank import LowRankLinear
from engine.modules.plain import PlainLinear


def adapted(model: Model, part: Part | None = None) -> dict[str, ExpertLinears]:
    """The tensors of experts some of which have adapters or factors."""
    is_of_part = (lambda name: True) if part is None else part.owns
    return {
        name: experts
        for name, experts in fused_tensors(model.module, is_of_part)
        if any(isinstance(layer, AdaptedLinear | LowRankLinear) for layer in experts)
    }


def layers_of(experts: ExpertLinears) -> list[AdaptedLinear]:
    """The layers with adapters; all of them where `why_not` has nothing to say."""
    return [layer for layer in experts if isinstance(layer, AdaptedLinear)]


def why_not(model: Model, rank: int, alpha: float) -> tuple[str, str]:
    """A tensor of experts whose adapters peft has no form for, and why; two empty words if there is none. ``rank`` and
    ``alpha``: what the config says for the layers that it does not name."""
    for name, experts in adapted(model).items():
        layers = layers_of(experts)
        owner = model.get(name.rpartition(".")[0])
        if any(isinstance(linear, LowRankLinear) for linear in experts):
            return name, "factors of experts have ranks of their own, and peft has one for all of a tensor"
        if len(layers) < len(experts):
            return name, "peft adapts all experts of a tensor, and some of these have no adapter"
        if any(layer.factor is not None for layer in layers):
            return name, "peft knows no DoRA for experts"
        if not all(isinstance(layer.base, PlainLinear) for layer in layers):
            return name, "the experts are compressed, and peft's adapters of experts stand beside dense ones"
        if any(len(layer.lora_A) != rank or layer.scale * len(layer.lora_A) != alpha for layer in layers):
            return name, "their ranks or scales are others than those of most layers"
        if experts.transposed != bool(getattr(owner, "is_transposed", False)):
            return name, "peft takes rows of these experts for columns"
    return "", ""


def taken_for_experts(model: Model, names: Iterable[str]) -> set[str]:
    """Of these layers, those that peft would look for among the experts: in the families whose experts transformers
    once had one by one, it takes every name that ends like an expert's for theirs, that of a shared expert or of a
    layer without experts too."""
    try:
        from peft.utils.transformers_weight_conversion import convert_peft_config_for_transformers as convert
    except ImportError:  # an older peft takes names for what they are
        return set()
    from peft import LoraConfig

    def is_taken(leaf: str) -> bool:
        config = LoraConfig(target_modules=[leaf])
        try:
            convert(config, model.module, None)
        except ValueError:  # of an expert's gate and up alone
            return True
        return leaf not in config.target_modules

    leaves = {name.rpartition(".")[2] for name in names}
    wrong = {leaf for leaf in leaves if is_taken(leaf)}
    return {name for name in names if name.rpartition(".")[2] in wrong}


def targets(model: Model, layers: Iterable[str]) -> list[str] | None:
    """`target_parameters` of the config: the tensors of experts, and the weights of these layers."""
    return sorted([*adapted(model), *(f"{name}.weight" for name in layers)]) or None


def adapter_tensors(model: Model, part: Part) -> Iterator[tuple[str, torch.Tensor]]:
    """Both matrices of every tensor, as peft names them; works on meta. Of several tensors of one module, the adapter
    of the last stands around those of the others."""
    experts_by_name = adapted(model, part)
    for name, experts in experts_by_name.items():
        owner = name.rpartition(".")[0]
        among = [other for other in experts_by_name if other.rpartition(".")[0] == owner]
        stem = owner + ".base_layer" * (len(among) - 1 - among.index(name))
        layers = layers_of(experts)
        yield f"{stem}.lora_A.weight", torch.cat([layer.lora_A.float() for layer in layers])
        yield f"{stem}.lora_B.weight", torch.stack([layer.lora_B.float() for layer in layers], -1).flatten(1)


def base_tensors(model: Model, part: Part) -> Iterator[tuple[str, torch.Tensor]]:
    """The tensors that the adapters stand beside, in the shape that transformers has them."""
    for name, experts in adapted(model, part).items():
        matrices: Sequence[torch.Tensor] = [layer.base.weight for layer in layers_of(experts)]
        yield name, torch.stack([matrix.t() if experts.transposed else matrix for matrix in matrices])


def merged(
    base: torch.Tensor, first: torch.Tensor, second: torch.Tensor, scale: float, transposed: bool
) -> torch.Tensor:
    """A tensor of experts with its adapters merged, float32; what `adapter_tensors` gives read back."""
    count = len(base)
    lora_a = first.double().reshape(count, -1, first.shape[1])
    lora_b = second.double().reshape(len(second), -1, count).permute(2, 0, 1)
    update = scale * lora_b @ lora_a
    return (base.double() + (update.transpose(1, 2) if transposed else update)).float()
