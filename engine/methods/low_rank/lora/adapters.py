"""peft's adapters on the layers of a model, whatever these are by now, and what they learned."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeGuard, cast

import torch
from peft import LoraConfig, inject_adapter_in_model
from peft.tuners.lora import Linear as PeftLinear
from peft.tuners.lora import LoraLayer
from torch import nn
from torch.nn import functional as F

from engine import devices
from engine.architecture.anatomy import Linear
from engine.base.errors import BadInput
from engine.methods.low_rank.lora.settings import OF_THE_WEIGHTS, AdapterSettings
from engine.models.layer import bias_of, mask_of, weight_of
from engine.models.model import Model
from engine.models.stage import Stage
from engine.modules import CompressedModule
from engine.modules.blockwise import BlockwiseLinear
from engine.modules.sparse import SparseLinear
from engine.numerics import adapters
from engine.numerics.randomness import Random

NAME = "default"
"""Of the adapter, as peft names it."""


@dataclass(frozen=True)
class Update:
    """The update of one layer: A (r, in), B (out, r), the scale, and DoRA's magnitudes (out,)."""

    lora_A: torch.Tensor
    lora_B: torch.Tensor
    scale: float
    magnitude: torch.Tensor | None = None


class CompressedBase(nn.Module):
    """A compressed layer as peft takes one: with the names and the shapes of a linear layer."""

    def __init__(self, layer: CompressedModule, linear: Linear, mask: torch.Tensor | None) -> None:
        super().__init__()
        self.layer = layer
        self.in_features, self.out_features = linear.in_features, linear.out_features
        self.transposed = linear.transposed
        self.register_buffer("mask", mask, persistent=False)

    @property
    def weight(self) -> torch.Tensor:
        """The dense weight (out, in), unpacked each time; DoRA asks for it."""
        return weight_of(self.layer, self)

    @property
    def bias(self) -> torch.Tensor | None:
        """The layer's."""
        return bias_of(self.layer)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(…, in) -> (…, out)."""
        y: torch.Tensor = self.layer(x)
        return y


_WHOLE = "network"
"""The name that peft knows the network by."""


class CompressedLora(PeftLinear):  # type: ignore[misc]
    """peft's LoRA beside a compressed layer."""

    def __init__(self, base_layer: nn.Module, adapter_name: str, config: LoraConfig, **options: Any) -> None:
        config = copy.copy(config)
        config.fan_in_fan_out = False  # peft switches it on for all when it meets a transposed layer
        super().__init__(base_layer, adapter_name, config=config, **options)

    def _get_in_out_features(self, module: nn.Module) -> tuple[int, int]:
        base = cast(CompressedBase, module)
        return base.in_features, base.out_features

    def _get_base_layer_device_and_dtype(self, base_layer: nn.Module) -> tuple[torch.device, torch.dtype]:
        tensors = [*base_layer.parameters(), *base_layer.buffers()]
        return tensors[0].device, torch.float32

    def forward(self, x: torch.Tensor, *args: Any, **kwargs: Any) -> torch.Tensor:
        """(…, in) -> (…, out). The update of a pruned layer is masked as its weights are."""
        base = cast(CompressedBase, self.get_base_layer())
        if base.mask is None or NAME in self.lora_variant:
            plain: torch.Tensor = super().forward(x, *args, **kwargs)
            return plain
        update = (self.lora_B[NAME].weight @ self.lora_A[NAME].weight) * base.mask
        y: torch.Tensor = base(x)
        dropped = self.lora_dropout[NAME](x)
        masked = F.linear(dropped, update.to(x.dtype)).to(y.dtype)
        return y + float(self.scaling[NAME]) * masked


class Attached:
    """Adapters in the places of the layers of ``model`` until `detach`.

    targets: the linears that get one, by name. masked: names of those whose update has to keep zeros.
    """

    def __init__(
        self,
        model: Model,
        targets: Mapping[str, Linear],
        settings: AdapterSettings,
        stage: Stage,
        *,
        masked: frozenset[str] = frozenset(),
    ) -> None:
        self.model, self.settings = model, settings
        self.bases = {name: model.get(name) for name in targets}
        self.masked = masked | {name for name, base in self.bases.items() if isinstance(base, SparseLinear)}
        self._refuse()
        inside = settings.init_lora_weights in OF_THE_WEIGHTS
        self._before = {name: _weight_of(base).detach().clone() for name, base in self.bases.items() if inside}
        for name, base in self.bases.items():
            if isinstance(base, CompressedModule):
                model.replace(name, self._peft_base(base, targets[name], name))
        seed = stage.generator("adapters").initial_seed() % 2**63
        with Random(seed, stage.device).drawing(), _quiet():
            # peft turns the targets of networks with experts into tensors of experts: it must not know what this is
            inject_adapter_in_model(self._config(), nn.ModuleDict({_WHOLE: model.module}), NAME)
        self.layers: dict[str, LoraLayer] = {name: cast(LoraLayer, model.get(name)) for name in targets}
        for layer in self.layers.values():
            for parameter in (p for p in cast(nn.Module, layer).parameters() if p.requires_grad):
                parameter.data = parameter.data.float()
        self._start = {name: self._pair(layer) for name, layer in self.layers.items() if inside}

    @property
    def parameters(self) -> int:
        """Number of trained parameters."""
        return sum(p.numel() for p in self.model.module.parameters() if p.requires_grad)

    def detach(self) -> dict[str, Update]:
        """The layers as they were, back in their places, and what was learned beside them, in the memory's float32."""
        learned: dict[str, Update] = {}
        for name, layer in self.layers.items():
            first, second = self._pair(layer)
            if name in self._start:
                first, second = adapters.without_start(first, second, *self._start[name])
                _weight_of(self.bases[name]).data = self._before[name]
            vectors = layer.lora_magnitude_vector
            magnitude = vectors[NAME].weight.detach().clone() if NAME in vectors else None
            learned[name] = Update(first, second, float(layer.scaling[NAME]), magnitude)
            self.model.replace(name, self.bases[name])
        return learned

    def _peft_base(self, base: CompressedModule, linear: Linear, name: str) -> nn.Module:
        mask: torch.Tensor | None = None
        if isinstance(base, SparseLinear):
            mask = mask_of(base)
        elif name in self.masked:
            mask = weight_of(base, linear) != 0
        elif _is_packed_for_kernels(base):
            from engine.methods.low_rank.lora.four_bit import as_bitsandbytes

            return as_bitsandbytes(base, name)
        return CompressedBase(base, linear, mask)

    def _config(self) -> LoraConfig:
        settings = self.settings
        start: bool | str = True if settings.init_lora_weights == "kaiming" else settings.init_lora_weights
        config = LoraConfig(
            r=settings.r,
            lora_alpha=settings.lora_alpha,
            lora_dropout=settings.lora_dropout,
            use_rslora=settings.use_rslora,
            use_dora=settings.use_dora,
            init_lora_weights=start,
            target_modules=[f"{_WHOLE}.{name}" for name in sorted(self.bases)],
            bias="none",
        )
        custom: dict[type[nn.Module], type[nn.Module]] = {CompressedBase: CompressedLora}
        if any(_is_packed_for_kernels(base) for base in self.bases.values()):
            from engine.methods.low_rank.lora.four_bit import peft_modules

            custom |= peft_modules()
        config._register_custom_module(custom)
        return config

    def _refuse(self) -> None:
        """`BadInput` for what a layer that is compressed already can't do."""
        settings = self.settings
        for name, base in self.bases.items():
            if not isinstance(base, CompressedModule):
                continue
            if settings.init_lora_weights in OF_THE_WEIGHTS:
                raise BadInput(
                    "The adapters can't start from the weights",
                    where=name,
                    why=f"the layer is of the kind '{base.KIND}', from which no part can be taken",
                    advice="choose a random start",
                )
            if settings.use_dora and (base.online or name in self.masked):
                why = f"its layer {base.online}" if base.online else "its layer is pruned"
                raise BadInput("Magnitudes (DoRA) mean nothing here", where=name, why=why, advice="switch them off")

    def _pair(self, layer: LoraLayer) -> tuple[torch.Tensor, torch.Tensor]:
        first, second = layer.lora_A[NAME].weight, layer.lora_B[NAME].weight
        return first.detach().clone(), second.detach().clone()


def _weight_of(module: nn.Module) -> nn.Parameter:
    return cast(nn.Parameter, module.weight)


@contextmanager
def _quiet() -> Iterator[None]:
    """peft warns of layers that it does not know and of transposed ones that it knows: both are meant."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _is_packed_for_kernels(base: object) -> TypeGuard[BlockwiseLinear]:
    """True if bitsandbytes' kernels can compute with the layer as it is packed."""
    return (
        isinstance(base, BlockwiseLinear)
        and base.form in ("nf4", "fp4")
        and devices.has_bitsandbytes(base.codes.device)
    )
